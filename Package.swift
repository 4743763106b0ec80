// swift-tools-version: 6.2
import PackageDescription

/// Where LibTorch is looked for.
///
/// `$LIBTORCH` alone if it is set; or else `.libtorch` here (`make libtorch` fills it), then
/// `~/.cache/cnclip/libtorch` (`Scripts/install-libtorch.sh --user`), which packages that depend on
/// this one share. Whether a folder is there is left to the compiler: SwiftPM
/// remembers what a manifest said and would not look again.
let libtorch: [String] =
  if let folder = Context.environment["LIBTORCH"] {
    [folder]
  } else {
    [
      Context.packageDirectory + "/.libtorch",
      (Context.environment["HOME"] ?? "") + "/.cache/cnclip/libtorch",
    ]
  }
let libtorchHeaders: [String] = libtorch.flatMap { folder -> [String] in
  ["-isystem", folder + "/include", "-isystem", folder + "/include/torch/csrc/api/include"]
}
let libtorchLibraries: [String] = libtorch.flatMap { folder -> [String] in
  ["-L" + folder + "/lib", "-Xlinker", "-rpath", "-Xlinker", folder + "/lib"]
}

/// Warnings of C++ fail our own checks and nobody else's build: another compiler warns of more.
let strictness: [String] = Context.environment["CNCLIP_STRICT"] == "1" ? ["-Werror"] : []

/// A library of `Sources/<name>`, tested by `Tests/<name>Tests`.
struct Library {
  let name: String
  /// All that the library and its tests may import.
  var uses: [Target.Dependency] = []
  /// All that its tests may import besides.
  var testsUse: [Target.Dependency] = []
  /// Whether other packages may use it.
  var isProduct = true
  /// Whether there is a folder `Resources` beside the sources.
  var hasResources = false
  /// Whether there is a folder `Fixtures` beside the tests.
  var hasFixtures = false
}

func product(_ name: String, _ package: String) -> Target.Dependency {
  .product(name: name, package: package)
}

/// The map of CONTRIBUTING.md: a target may import only what stands in its list.
let libraries = [
  Library(name: "Files", isProduct: false, hasFixtures: true),
  Library(name: "Threads", isProduct: false),
  Library(name: "Decompression", uses: ["CCompression"], isProduct: false),
  // Reads Parquet files of flat tables; of use without the rest.
  Library(name: "Parquet", uses: ["Decompression", "Files"], hasFixtures: true),
  Library(name: "Torch", uses: ["CTorch"]),
  Library(name: "TorchNN", uses: ["Torch"]),
  Library(name: "Checkpoints", uses: ["Files"], hasFixtures: true),
  Library(name: "Web", isProduct: false),
  Library(
    name: "ModelHub", uses: ["CCurl", "COpenSSL", "Files", "Web"], hasFixtures: true),
  Library(
    name: "CLIPText", uses: ["Decompression", "Files"], hasResources: true, hasFixtures: true),
  Library(name: "CLIPImages", uses: ["CImageCodecs"], hasFixtures: true),
  Library(
    name: "CLIPModels",
    uses: ["Files", "Threads", "Torch", "TorchNN", "Checkpoints", "CLIPText", "CLIPImages"],
    testsUse: ["CLIPEmbeddedModel"], hasResources: true, hasFixtures: true),
  Library(name: "CLIPHub", uses: ["ModelHub", "CLIPModels"]),
  Library(
    name: "ChineseCLIP", uses: ["Torch", "CLIPText", "CLIPImages", "CLIPModels"],
    testsUse: ["CLIPEmbeddedModel"]),
  // The 17 MB ride along with whoever asks for them.
  Library(name: "CLIPEmbeddedModel", uses: ["Files", "Torch", "CLIPModels"], hasResources: true),
  Library(name: "CLIPCharts"),
  // Reads and writes ONNX files, which are protocol buffers; of use without the rest.
  Library(name: "ONNX", uses: ["Files", product("SwiftProtobuf", "swift-protobuf")]),
  Library(name: "ONNXTorch", uses: ["Torch", "ONNX"]),
  // The same for Core ML packages.
  Library(name: "CoreMLPackage", uses: ["Files", product("SwiftProtobuf", "swift-protobuf")]),
  Library(
    name: "CLIPExport",
    uses: [
      "Files", "Torch", "TorchNN", "Checkpoints", "CLIPText", "CLIPImages", "CLIPModels", "ONNX",
      "ONNXTorch", "CoreMLPackage",
    ],
    testsUse: ["CLIPEmbeddedModel"]),
  Library(
    name: "CLIPData",
    uses: ["CLMDB", "Files", "Threads", "CLIPCharts", "CLIPText", "CLIPImages", "Checkpoints"],
    hasResources: true, hasFixtures: true),
  Library(
    name: "CLIPFetch",
    uses: [
      "CCurl", "Decompression", "Files", "Threads", "Web", "ModelHub", "Parquet", "CLIPImages",
      "CLIPData",
    ],
    isProduct: false),
  Library(
    name: "CLIPEvaluation",
    uses: [
      "Files", "Threads", "Torch", "Checkpoints", "CLIPCharts", "CLIPImages", "CLIPModels",
      "CLIPData",
    ],
    testsUse: ["CLIPEmbeddedModel"], hasFixtures: true),
  Library(
    name: "CLIPTraining",
    uses: [
      "Files", "Torch", "TorchNN", "Checkpoints", "CLIPText", "CLIPImages", "CLIPModels",
      "CLIPEmbeddedModel", "CLIPHub", "CLIPCharts", "CLIPData", "CLIPEvaluation",
    ],
    hasFixtures: true),
  Library(
    name: "CLIPSearch",
    uses: [
      "CVectorScan", "Files", "Threads", "CLIPImages", "CLIPModels", product("GRDB", "GRDB.swift"),
      product("Logging", "swift-log"),
    ],
    testsUse: ["CLIPEmbeddedModel", "CLIPStores"],
    hasResources: true),
  // Its protocol is CLIPSearch's, for this package alone.
  Library(
    name: "CLIPStores",
    uses: [
      "CCurl", "CPostgreSQL", "CLIPImages", "CLIPSearch", "Threads",
      product("SwiftProtobuf", "swift-protobuf"),
    ],
    isProduct: false),
  Library(
    name: "CLIPCleaning",
    uses: [
      "Files", "Threads", "Torch", "CLIPText", "CLIPImages", "CLIPModels", "CLIPData", "CLIPSearch",
    ],
    testsUse: ["CLIPEmbeddedModel"], hasResources: true, hasFixtures: true),
  Library(
    name: "CLIPServer",
    uses: [
      "CCurl", "Files", "Threads", "Web", "CLIPImages", "CLIPModels", "CLIPSearch",
      product("CoreMetrics", "swift-metrics"),
      product("HTTPTypes", "swift-http-types"),
      product("Hummingbird", "hummingbird"),
      product("Logging", "swift-log"),
      product("NIOCore", "swift-nio"),
      product("NIOHTTPTypes", "swift-nio-extras"),
      product("ServiceLifecycle", "swift-service-lifecycle"),
      product("UnixSignals", "swift-service-lifecycle"),
    ],
    testsUse: ["ServerTestSupport"],
    hasResources: true),
]

let package = Package(
  name: "swift-chinese-clip",
  products: libraries.filter(\.isProduct).map { .library(name: $0.name, targets: [$0.name]) },
  dependencies: [
    .package(url: "https://github.com/apple/swift-argument-parser", from: "1.8.2"),
    .package(url: "https://github.com/apple/swift-http-types", from: "1.4.0"),
    .package(url: "https://github.com/apple/swift-log", from: "1.16.2"),
    .package(url: "https://github.com/apple/swift-metrics", from: "2.13.0"),
    .package(url: "https://github.com/apple/swift-nio", from: "2.80.0"),
    .package(url: "https://github.com/apple/swift-nio-extras", from: "1.25.0"),
    .package(url: "https://github.com/apple/swift-protobuf", from: "1.39.0"),
    .package(url: "https://github.com/groue/GRDB.swift", from: "7.10.0"),
    .package(url: "https://github.com/hummingbird-project/hummingbird", from: "2.28.1"),
    .package(url: "https://github.com/swift-server/swift-service-lifecycle", from: "2.13.0"),
  ],
  targets: [
    .target(
      name: "CTorch",
      cxxSettings: [
        .unsafeFlags(["-std=c++20", "-Wall"] + strictness + libtorchHeaders)
      ],
      linkerSettings: [
        // SwiftPM puts `$ORIGIN` before these: 'make install' puts LibTorch beside the program.
        .unsafeFlags(libtorchLibraries),
        .linkedLibrary("torch_cpu"), .linkedLibrary("c10"),
      ]),
    .target(
      name: "CImageCodecs",
      linkerSettings: ["jpeg", "png", "z", "webp", "webpdemux", "gif", "tiff"].map {
        .linkedLibrary($0)
      }),
    .target(name: "CVectorScan"),
    .target(name: "CCurl", linkerSettings: [.linkedLibrary("curl")]),
    .systemLibrary(name: "COpenSSL", providers: [.apt(["libssl-dev"])]),
    .systemLibrary(
      name: "CCompression", providers: [.apt(["zlib1g-dev", "libzstd-dev"])]),
    .systemLibrary(name: "CLMDB", providers: [.apt(["liblmdb-dev"])]),
    .systemLibrary(name: "CPostgreSQL", providers: [.apt(["libpq-dev"])]),
    .executableTarget(
      name: "cnclip",
      dependencies: libraries.map { .byName(name: $0.name) } + [
        product("ArgumentParser", "swift-argument-parser"),
        product("Logging", "swift-log"),
      ]),
    .executableTarget(
      name: "MatchPictures", dependencies: ["CLIPEmbeddedModel", "CLIPImages", "CLIPModels"],
      path: "Examples/MatchPictures"),
  ],
  cxxLanguageStandard: .cxx20
)

package.targets += [
  .target(name: "TestSupport", path: "Tests/TestSupport"),
  .target(
    name: "ServerTestSupport",
    dependencies: [
      "CLIPImages", "CLIPModels", "CLIPSearch", "CLIPServer",
      product("HTTPTypes", "swift-http-types"), product("Hummingbird", "hummingbird"),
      product("Logging", "swift-log"), product("NIOCore", "swift-nio"),
      product("NIOEmbedded", "swift-nio"),
    ],
    path: "Tests/ServerTestSupport"),
  // All that reads hostile bytes, for libFuzzer ('make fuzz') and for the test that replays inputs.
  .target(
    name: "FuzzTargets",
    dependencies: [
      "CLIPData", "CLIPEvaluation", "CLIPFetch", "CLIPImages", "CLIPModels", "CLIPSearch",
      "CLIPServer",
      "CLIPText", "CLIPTraining", "CVectorScan", "Checkpoints", "Files", "ModelHub", "Parquet",
      "ServerTestSupport", "Torch", "Web", product("HTTPTypes", "swift-http-types"),
      product("Logging", "swift-log"), product("NIOCore", "swift-nio"),
    ],
    path: "Fuzzing/Targets"),
  .testTarget(name: "FuzzTargetsTests", dependencies: ["FuzzTargets"]),
  // Runs the program that is built beside the tests.
  .testTarget(name: "cnclipTests", dependencies: ["TestSupport"]),
]
for library in libraries {
  package.targets += [
    .target(
      name: library.name, dependencies: library.uses,
      resources: library.hasResources ? [.copy("Resources")] : []),
    .testTarget(
      name: "\(library.name)Tests",
      dependencies: [.byName(name: library.name), "TestSupport"] + library.uses + library.testsUse,
      resources: library.hasFixtures ? [.copy("Fixtures")] : []),
  ]
}

/// Fewer tests to compile and link while one part is worked on: `ONLY_TESTS='CLIPData CLIPText'`.
if let names = Context.environment["ONLY_TESTS"] {
  let kept = names.split(separator: " ").map { "\($0)Tests" }
  package.targets.removeAll { $0.type == .test && !kept.contains($0.name) }
}

/// `make fuzz` only: links LLVM's libFuzzer.
if Context.environment["FUZZING"] == "1" {
  package.targets += [
    .target(name: "CLibFuzzer", path: "Fuzzing/CLibFuzzer"),
    .executableTarget(
      name: "fuzz", dependencies: ["CLibFuzzer", "FuzzTargets"], path: "Fuzzing/Fuzz"),
  ]
}

for target in package.targets where target.type != .system {
  target.swiftSettings = [
    .swiftLanguageMode(.v6),
    .enableUpcomingFeature("ExistentialAny"),
    .enableUpcomingFeature("InternalImportsByDefault"),
    .enableUpcomingFeature("MemberImportVisibility"),
    .treatAllWarnings(as: .error),
  ]
}

/// `make docs` only: an ordinary build does not resolve the plug-in.
if Context.environment["DOCS"] == "1" {
  package.dependencies.append(
    .package(url: "https://github.com/swiftlang/swift-docc-plugin", from: "1.4.0"))
}
