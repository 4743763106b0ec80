import Foundation

/// Minimises a smooth function of many numbers by L-BFGS.
///
/// Source: Nocedal and Wright, *Numerical Optimization*, algorithms 7.4 and 7.5, with the line search of
/// algorithms 3.5 and 3.6 (strong Wolfe conditions).
struct LimitedMemoryBFGS {
  /// Steps remembered for the curvature.
  var memory = 10
  /// The largest component of the gradient at which a point counts as the minimum.
  var tolerance = 1e-8
  /// After so many steps the point reached is taken.
  var maximumSteps = 2000

  typealias Objective = (_ point: [Double]) throws -> (value: Double, gradient: [Double])

  private struct Position {
    var point: [Double]
    var value: Double
    var gradient: [Double]
  }

  // Gives the point reached, and whether it is a minimum within the tolerance or the precision of the
  // numbers allows no further step down.
  func minimize(
    from start: [Double], _ objective: Objective
  ) throws -> (point: [Double], hasConverged: Bool) {
    let first = try objective(start)
    var position = Position(point: start, value: first.value, gradient: first.gradient)
    var history: [(step: [Double], change: [Double], inverse: Double)] = []
    for number in 0..<maximumSteps {
      guard Self.largest(position.gradient) > tolerance else { return (position.point, true) }
      var direction = Self.direction(position.gradient, history)
      if Self.dot(direction, position.gradient) >= 0 {
        history.removeAll()
        direction = position.gradient.map { -$0 }
      }
      let length = number == 0 ? min(1, 1 / max(1e-12, Self.norm(position.gradient))) : 1
      guard let next = try search(from: position, along: direction, first: length, objective) else {
        // No lower point can be told from this one any more.
        guard !history.isEmpty else { return (position.point, true) }
        history.removeAll()
        continue
      }
      let step = zip(next.point, position.point).map(-)
      let change = zip(next.gradient, position.gradient).map(-)
      let curvature = Self.dot(step, change)
      if curvature > 1e-300 {
        history.append((step, change, 1 / curvature))
        if history.count > memory { history.removeFirst() }
      }
      position = next
    }
    return (position.point, false)
  }

  /// The two-loop recursion.
  private static func direction(
    _ gradient: [Double], _ history: [(step: [Double], change: [Double], inverse: Double)]
  ) -> [Double] {
    var q = gradient
    var weights: [Double] = []
    for (step, change, inverse) in history.reversed() {
      let weight = inverse * dot(step, q)
      add(-weight, change, to: &q)
      weights.append(weight)
    }
    if let (_, change, inverse) = history.last {
      let factor = 1 / (inverse * dot(change, change))
      for index in q.indices { q[index] *= factor }
    }
    for ((step, change, inverse), weight) in zip(history, weights.reversed()) {
      add(weight - inverse * dot(change, q), step, to: &q)
    }
    for index in q.indices { q[index] = -q[index] }
    return q
  }

  /// A point that fulfils the strong Wolfe conditions, or the lowest found; `nil` if none is lower.
  private func search(
    from origin: Position, along direction: [Double], first: Double, _ objective: Objective
  ) throws -> Position? {
    let (sufficient, curvature) = (1e-4, 0.9)
    let slope = Self.dot(origin.gradient, direction)
    func at(_ length: Double) throws -> (Position, slope: Double) {
      var point = origin.point
      Self.add(length, direction, to: &point)
      let (value, gradient) = try objective(point)
      return (
        Position(point: point, value: value, gradient: gradient), Self.dot(gradient, direction)
      )
    }
    var low = (length: 0.0, position: origin, slope: slope)
    var high: Double?
    var length = first
    for _ in 0..<60 {
      let (position, newSlope) = try at(length)
      if !position.value.isFinite
        || position.value > origin.value + sufficient * length * slope
        || (low.length > 0 && position.value >= low.position.value)
      {
        high = length
      } else if abs(newSlope) <= -curvature * slope {
        return position
      } else if newSlope >= 0 {
        high = low.length
        low = (length, position, newSlope)
      } else {
        low = (length, position, newSlope)
      }
      if let high {
        // Too near each other to tell apart.
        guard abs(high - low.length) > 1e-14 * max(1, abs(high)) else { break }
        length = (high + low.length) / 2
      } else {
        length *= 2
      }
    }
    return low.length > 0 && low.position.value < origin.value ? low.position : nil
  }

  private static func dot(_ a: [Double], _ b: [Double]) -> Double {
    a.withUnsafeBufferPointer { a in
      b.withUnsafeBufferPointer { b in
        var sum = 0.0
        for index in 0..<a.count { sum += a[index] * b[index] }
        return sum
      }
    }
  }

  private static func add(_ factor: Double, _ b: [Double], to a: inout [Double]) {
    a.withUnsafeMutableBufferPointer { a in
      b.withUnsafeBufferPointer { b in
        for index in 0..<a.count { a[index] += factor * b[index] }
      }
    }
  }

  private static func norm(_ a: [Double]) -> Double { dot(a, a).squareRoot() }

  private static func largest(_ a: [Double]) -> Double { a.reduce(0) { max($0, abs($1)) } }
}
