import ArgumentParser
import CLIPModels

/// The options that say into which sentences labels are put.
struct PromptOptions: ParsableArguments {
  @Option(
    help: ArgumentHelp(
      """
      A file with one template a line, {} for the label; a .json with a grammar of prefixes, \
      categories and suffixes; or a set of the package: aircraft, cars, digits, faces, flowers, food, \
      general, medical, pets, photographs, products, satellite, textures.
      """, valueName: "file|set"))
  var templates: String?

  @Option(
    help: """
      How the templates of a label become one answer: mean-embedding (the original's), \
      mean-similarity (FILIP's), mean-probability or maximum.
      """)
  var ensemble = PromptEnsemble.meanEmbedding
}
