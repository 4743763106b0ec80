import CLIPModels
import CLIPTraining
import Foundation

/// Folders and files of settings that describe models and runs.
extension FuzzTarget {
  static let models: [FuzzTarget] = [
    FuzzTarget("huggingface") { bytes in
      let names = [
        "config.json", "vocab.txt", "tokenizer.json", "tokenizer_config.json",
        "preprocessor_config.json", "model.safetensors",
      ]
      let folder = try Parts(bytes).write(names, to: "huggingface")
      _ = try ModelFiles.open(.folder(folder))
    },
    FuzzTarget("configuration") { bytes in
      let configuration = try ModelConfiguration(json: Data(bytes), file: "config.json")
      _ = try configuration.json()
    },
    FuzzTarget("run") { bytes in
      let configuration = try TrainingConfiguration(json: Data(bytes), file: "run.json")
      _ = try configuration.json()
    },
    FuzzTarget("prompts") { bytes in
      let file = try ScratchFolder.write(bytes, "prompts.json")
      _ = try PromptSet.named(file.path).templates
    },
  ]
}
