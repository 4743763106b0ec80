extension Checkpoint {
  /// Parts of names that wrappers of training put anywhere in them: `torch.compile`, sharded data
  /// parallelism, activation checkpointing, Lightning Fabric.
  private static let wrapperParts: Set<Substring> = [
    "_orig_mod", "_fsdp_wrapped_module", "_checkpoint_wrapped_module", "_forward_module",
  ]

  /// A name without the parts that wrappers put into it.
  static func unwrapped(_ name: String) -> String {
    guard wrapperParts.contains(where: { name.contains($0) }) else { return name }
    return name.split(separator: ".", omittingEmptySubsequences: false)
      .filter { !wrapperParts.contains($0) }.joined(separator: ".")
  }
}
