/// The Python names that a pickle may mention.
///
/// Allowing a name lets it stand in the result as a name; it never makes it run.
public struct PickleGlobals: Sendable {
  private let names: Set<String>
  private let prefixes: [String]

  /// Allows single names (`collections.OrderedDict`) and everything below modules (`__torch__.`).
  public init(names: Set<String>, prefixes: [String] = []) {
    self.names = names
    self.prefixes = prefixes
  }

  /// Whether a name is allowed.
  public func contains(_ name: String) -> Bool {
    names.contains(name) || prefixes.contains { name.hasPrefix($0) }
  }

  /// No name at all: containers, numbers and strings only.
  public static let none = PickleGlobals(names: [])

  /// What state dictionaries, optimiser states and epoch numbers need.
  public static let checkpoint = PickleGlobals(names: checkpointNames)

  /// ``checkpoint`` and the classes of TorchScript modules, which are containers of attributes.
  public static let torchScript = PickleGlobals(
    names: checkpointNames.union([
      "torch.jit._pickle.build_intlist", "torch.jit._pickle.build_tensorlist",
      "torch.jit._pickle.build_doublelist", "torch.jit._pickle.build_boollist",
      "torch.jit._pickle.restore_type_tag",
    ]),
    prefixes: ["__torch__."])

  private static let checkpointNames: Set<String> = {
    let storages = [
      "FloatStorage", "HalfStorage", "BFloat16Storage", "DoubleStorage", "LongStorage",
      "IntStorage", "ShortStorage", "CharStorage", "ByteStorage", "BoolStorage",
      "ComplexFloatStorage", "ComplexDoubleStorage",
    ]
    let elementTypes = [
      "float32", "float16", "bfloat16", "float64", "int64", "int32", "int16", "int8", "uint8",
      "bool",
    ]
    return Set(storages.flatMap { ["torch.\($0)", "torch.cuda.\($0)"] })
      .union(elementTypes.map { "torch.\($0)" })
      .union([
        "collections.OrderedDict", "collections.defaultdict", "torch.Size", "torch.device",
        "torch._utils._rebuild_tensor", "torch._utils._rebuild_tensor_v2",
        "torch._utils._rebuild_parameter", "builtins.set", "__builtin__.set", "builtins.dict",
        "__builtin__.dict",
        // Numbers that a training script took from NumPy, an epoch for one.
        "numpy.core.multiarray.scalar", "numpy._core.multiarray.scalar", "numpy.dtype",
        "_codecs.encode",
      ])
  }()
}
