// swift-tools-version: 6.2
import Foundation
import PackageDescription

/// LibTorch is in one place: `$LIBTORCH`, or `.libtorch` here (`make libtorch` fills it).
let libtorch = Context.environment["LIBTORCH"] ?? "\(Context.packageDirectory)/.libtorch"

let argumentParser = Target.Dependency.product(
  name: "ArgumentParser", package: "swift-argument-parser")
let grdb = Target.Dependency.product(name: "GRDB", package: "GRDB.swift")
let hummingbird = Target.Dependency.product(name: "Hummingbird", package: "hummingbird")
let logging = Target.Dependency.product(name: "Logging", package: "swift-log")
let metrics = Target.Dependency.product(name: "Metrics", package: "swift-metrics")
let lifecycle = Target.Dependency.product(
  name: "ServiceLifecycle", package: "swift-service-lifecycle")

/// The map of CONTRIBUTING.md: a target may import only what stands in its list.
let libraries: [(name: String, dependencies: [Target.Dependency], resources: [Resource])] = [
  ("Torch", ["CTorch"], []),
  ("TorchNN", ["Torch"], []),
  ("Checkpoints", [], []),
  ("ModelHub", ["CCurl", "COpenSSL"], []),
  ("CLIPText", [], [.copy("Resources")]),
  ("CLIPImages", ["CImageCodecs"], []),
  (
    "CLIPModels", ["Torch", "TorchNN", "Checkpoints", "ModelHub", "CLIPText", "CLIPImages"],
    [.copy("Resources")]
  ),
  ("CLIPData", ["CLMDB", "CLIPText", "CLIPImages", "Checkpoints"], []),
  ("CLIPEvaluation", ["Torch", "CLIPModels", "CLIPData"], []),
  (
    "CLIPTraining",
    [
      "Torch", "TorchNN", "Checkpoints", "CLIPText", "CLIPImages", "CLIPModels", "CLIPData",
      "CLIPEvaluation",
    ], []
  ),
  ("CLIPSearch", ["Torch", "CLIPImages", "CLIPModels", grdb], [.copy("Resources")]),
  (
    "CLIPServer",
    ["CLIPImages", "CLIPModels", "CLIPSearch", hummingbird, lifecycle, logging, metrics],
    [.copy("Resources")]
  ),
]

func exists(_ target: String) -> Bool {
  FileManager.default.fileExists(atPath: "\(Context.packageDirectory)/Sources/\(target)")
}
func existing(_ dependencies: [Target.Dependency]) -> [Target.Dependency] {
  dependencies.filter {
    if case .byNameItem(let name, _) = $0 { exists(name) } else { true }
  }
}

var targets: [Target] = []
if exists("CTorch") {
  targets.append(
    .target(
      name: "CTorch",
      cxxSettings: [
        .unsafeFlags([
          "-std=c++20", "-isystem", "\(libtorch)/include",
          "-isystem", "\(libtorch)/include/torch/csrc/api/include", "-Wall", "-Werror",
        ])
      ],
      linkerSettings: [
        .unsafeFlags(["-L\(libtorch)/lib", "-Xlinker", "-rpath", "-Xlinker", "\(libtorch)/lib"]),
        .linkedLibrary("torch_cpu"), .linkedLibrary("c10"),
      ]))
}
if exists("CImageCodecs") {
  targets.append(
    .target(
      name: "CImageCodecs",
      linkerSettings: ["jpeg", "png", "webp", "webpdemux", "gif", "tiff"].map {
        .linkedLibrary($0)
      }))
}
if exists("CCurl") {
  targets.append(.target(name: "CCurl", linkerSettings: [.linkedLibrary("curl")]))
}
if exists("COpenSSL") {
  targets.append(.systemLibrary(name: "COpenSSL", providers: [.apt(["libssl-dev"])]))
}
if exists("CLMDB") {
  targets.append(.systemLibrary(name: "CLMDB", providers: [.apt(["liblmdb-dev"])]))
}

for library in libraries where exists(library.name) {
  let resources =
    FileManager.default.fileExists(
      atPath: "\(Context.packageDirectory)/Sources/\(library.name)/Resources")
    ? library.resources : []
  targets.append(
    .target(
      name: library.name, dependencies: existing(library.dependencies), resources: resources))
  if FileManager.default.fileExists(
    atPath: "\(Context.packageDirectory)/Tests/\(library.name)Tests")
  {
    let fixtures = FileManager.default.fileExists(
      atPath: "\(Context.packageDirectory)/Tests/\(library.name)Tests/Fixtures")
    targets.append(
      .testTarget(
        name: "\(library.name)Tests",
        dependencies: existing([.byName(name: library.name)] + library.dependencies),
        resources: fixtures ? [.copy("Fixtures")] : []))
  }
}
if exists("cnclip") {
  targets.append(
    .executableTarget(
      name: "cnclip",
      dependencies: existing(
        libraries.map { .byName(name: $0.name) } + [argumentParser, logging])))
}

for target in targets where target.type != .system {
  target.swiftSettings = [
    .swiftLanguageMode(.v6),
    .enableUpcomingFeature("ExistentialAny"),
    .enableUpcomingFeature("InternalImportsByDefault"),
    .enableUpcomingFeature("MemberImportVisibility"),
    .treatAllWarnings(as: .error),
  ]
}

let package = Package(
  name: "swift-chinese-clip",
  products: libraries.filter { exists($0.name) }.map {
    .library(name: $0.name, targets: [$0.name])
  },
  dependencies: [
    .package(url: "https://github.com/apple/swift-argument-parser", from: "1.8.2"),
    .package(url: "https://github.com/apple/swift-log", from: "1.16.2"),
    .package(url: "https://github.com/apple/swift-metrics", from: "2.13.0"),
    .package(url: "https://github.com/groue/GRDB.swift", from: "7.10.0"),
    .package(url: "https://github.com/hummingbird-project/hummingbird", from: "2.28.1"),
    .package(url: "https://github.com/swift-server/swift-service-lifecycle", from: "2.13.0"),
  ],
  targets: targets,
  cxxLanguageStandard: .cxx20
)

/// `make docs` only: an ordinary build does not resolve the plug-in.
if Context.environment["DOCS"] == "1" {
  package.dependencies.append(
    .package(url: "https://github.com/swiftlang/swift-docc-plugin", from: "1.4.0"))
}
