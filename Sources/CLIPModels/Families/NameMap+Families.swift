public import Checkpoints

extension NameMap {
  /// Chinese-CLIP's own names; the other naming of its flash-attention mode is read too.
  public static let chineseCLIP = NameMap(
    name: "Chinese-CLIP",
    rules: [
      .drop("bert.pooler.*"),
      .drop("bert.embeddings.position_ids"),
      // The counter of PyTorch's averaged models.
      .drop("n_averaged"),
    ] + flashAttentionRules + [.rename("*", to: "*")])

  /// Chinese-CLIP's names as its flash-attention mode has them in memory.
  ///
  /// That mode fuses the three projections of an attention and moves the output projection inside.
  /// Source: `convert_state_dict` of cn_clip/clip/model.py.
  public static let flashAttention = NameMap(
    name: "Chinese-CLIP with flash attention",
    rules: flashAttentionRules + [.rename("*", to: "*")])

  private static let flashAttentionRules: [NameRule] = {
    let block = "visual.transformer.resblocks.#.attn"
    let layer = "bert.encoder.layer.#.attention"
    return [
      .rename("\(block).Wqkv.weight", to: "\(block).in_proj_weight"),
      .rename("\(block).Wqkv.bias", to: "\(block).in_proj_bias"),
      .split(
        "\(layer).self.Wqkv.weight",
        to: ["query", "key", "value"].map { "\(layer).self.\($0).weight" }),
      .split(
        "\(layer).self.Wqkv.bias",
        to: ["query", "key", "value"].map { "\(layer).self.\($0).bias" }),
      .rename("\(layer).self.out_proj.*", to: "\(layer).output.dense.*"),
    ]
  }()

  /// Hugging Face `transformers`' `ChineseCLIPModel`, which has no ResNet.
  ///
  /// Source: `convert_chinese_clip_original_pytorch_to_hf.py` of transformers.
  public static let huggingFace: NameMap = {
    let foreign = "vision_model.encoder.layers.#"
    let native = "visual.transformer.resblocks.#"
    let attention = "\(foreign).self_attn"
    return NameMap(
      name: "Hugging Face ChineseCLIPModel",
      rules: [
        .rename("logit_scale", to: "logit_scale"),
        .transpose("text_projection.weight", to: "text_projection"),
        .transpose("visual_projection.weight", to: "visual.proj"),
        .rename("vision_model.embeddings.patch_embedding.weight", to: "visual.conv1.weight"),
        .rename("vision_model.embeddings.class_embedding", to: "visual.class_embedding"),
        .rename(
          "vision_model.embeddings.position_embedding.weight", to: "visual.positional_embedding"),
        // The misspelling is the library's; should it ever be mended, that is read as well.
        .rename("vision_model.pre_layrnorm.*", to: "visual.ln_pre.*"),
        .rename("vision_model.pre_layernorm.*", to: "visual.ln_pre.*"),
        .rename("vision_model.post_layernorm.*", to: "visual.ln_post.*"),
        .rename("\(foreign).layer_norm1.*", to: "\(native).ln_1.*"),
        .rename("\(foreign).layer_norm2.*", to: "\(native).ln_2.*"),
        .stack(
          ["q", "k", "v"].map { "\(attention).\($0)_proj.weight" },
          to: "\(native).attn.in_proj_weight"),
        .stack(
          ["q", "k", "v"].map { "\(attention).\($0)_proj.bias" },
          to: "\(native).attn.in_proj_bias"),
        .rename("\(attention).out_proj.*", to: "\(native).attn.out_proj.*"),
        .rename("\(foreign).mlp.fc1.*", to: "\(native).mlp.c_fc.*"),
        .rename("\(foreign).mlp.fc2.*", to: "\(native).mlp.c_proj.*"),
        // Buffers that older releases saved.
        .drop("vision_model.embeddings.position_ids"),
        .drop("text_model.embeddings.position_ids"),
        .drop("text_model.pooler.*"),
        .rename("text_model.embeddings.*", to: "bert.embeddings.*"),
        .rename("text_model.encoder.layer.#.*", to: "bert.encoder.layer.#.*"),
      ])
  }()

  /// OpenAI's CLIP: the image tower and the temperature; its English text tower is dropped.
  public static let openAI = NameMap(
    name: "OpenAI CLIP",
    rules: [
      .rename("visual.*", to: "visual.*"),
      .rename("logit_scale", to: "logit_scale"),
      .drop("transformer.*"),
      .drop("token_embedding.*"),
      .drop("positional_embedding"),
      .drop("ln_final.*"),
      .drop("text_projection"),
      .drop("attn_mask"),
      .drop("input_resolution"),
      .drop("context_length"),
      .drop("vocab_size"),
    ])

  /// A plain ResNet as torchvision and timm name it; its classifier is dropped.
  public static let torchvision = NameMap(
    name: "torchvision ResNet",
    rules: ["conv1.*", "bn1.*", "layer#.*"].map { .rename($0, to: "visual.\($0)") }
      + [.drop("fc.*")])

  /// GLoRIA as its published code saves it; the classifier that the backbone had is dropped.
  ///
  /// Source: `gloria/models` of marshuang80/gloria.
  public static let gloria = NameMap(
    name: "GLoRIA",
    rules: [
      .transpose("img_encoder.global_embedder.weight", to: "visual.proj"),
      .rename("img_encoder.global_embedder.bias", to: "visual.proj_bias"),
      .rename("img_encoder.local_embedder.weight", to: "visual.token_proj.weight"),
      .drop("img_encoder.model.fc.*"),
      .rename("img_encoder.model.*", to: "visual.*"),
      .drop("text_encoder.model.pooler.*"),
      .drop("text_encoder.model.embeddings.position_ids"),
      .rename("text_encoder.model.embeddings.*", to: "bert.embeddings.*"),
      .rename("text_encoder.model.encoder.layer.#.*", to: "bert.encoder.layer.#.*"),
    ])

  /// MedCLIP's `pytorch_model.bin`: transformers' Swin or torchvision's ResNet, transformers' BERT, and
  /// projections without biases.
  ///
  /// Source: `medclip/modeling_medclip.py` of RyanWangZf/MedCLIP.
  public static let medCLIP: NameMap = {
    let (image, text) = ("vision_model.model", "text_model.model")
    let foreign = "\(image).encoder.layers.#.blocks.#"
    let native = "visual.layers.#.blocks.#"
    func attention(_ part: String) -> NameRule {
      .stack(
        ["query", "key", "value"].map { "\(foreign).attention.self.\($0).\(part)" },
        to: "\(native).attn.qkv.\(part)")
    }
    return NameMap(
      name: "MedCLIP",
      rules: [
        .rename("logit_scale", to: "logit_scale"),
        .transpose("vision_model.projection_head.weight", to: "visual.proj"),
        .transpose("text_model.projection_head.weight", to: "text_projection"),
        .rename(
          "\(image).embeddings.patch_embeddings.projection.*", to: "visual.patch_embed.proj.*"),
        .rename("\(image).embeddings.norm.*", to: "visual.patch_embed.norm.*"),
        attention("weight"), attention("bias"),
        .rename(
          "\(foreign).attention.self.relative_position_bias_table",
          to: "\(native).attn.relative_position_bias_table"),
        .drop("\(foreign).attention.self.relative_position_index"),
        .rename("\(foreign).attention.output.dense.*", to: "\(native).attn.proj.*"),
        .rename("\(foreign).layernorm_before.*", to: "\(native).norm1.*"),
        .rename("\(foreign).layernorm_after.*", to: "\(native).norm2.*"),
        .rename("\(foreign).intermediate.dense.*", to: "\(native).mlp.fc1.*"),
        .rename("\(foreign).output.dense.*", to: "\(native).mlp.fc2.*"),
        .rename("\(image).encoder.layers.#.downsample.*", to: "visual.layers.#.downsample.*"),
        .rename("\(image).layernorm.*", to: "visual.norm.*"),
        // The other published image tower.
        .transpose("\(image).fc.weight", to: "visual.proj"),
      ]
        + ["conv1.*", "bn1.*", "layer#.*"].map { .rename("\(image).\($0)", to: "visual.\($0)") }
        + [
          .drop("\(text).pooler.*"),
          .drop("\(text).embeddings.position_ids"),
          .rename("\(text).embeddings.*", to: "bert.embeddings.*"),
          .rename("\(text).encoder.layer.#.*", to: "bert.encoder.layer.#.*"),
        ])
  }()

  /// BERT and RoBERTa-wwm as Hugging Face and Google name them, with or without `bert.` before,
  /// with `gamma` and `beta` for the weights and biases of normalisations; heads are dropped.
  public static let bert: NameMap = {
    let normalizations = [
      "embeddings.LayerNorm", "encoder.layer.#.attention.output.LayerNorm",
      "encoder.layer.#.output.LayerNorm",
    ]
    let rules: [NameRule] = ["bert.", ""].flatMap { (prefix: String) -> [NameRule] in
      [.drop("\(prefix)pooler.*"), .drop("\(prefix)embeddings.position_ids")]
        + normalizations.flatMap { name -> [NameRule] in
          [
            .rename("\(prefix)\(name).gamma", to: "bert.\(name).weight"),
            .rename("\(prefix)\(name).beta", to: "bert.\(name).bias"),
          ]
        } + [
          .rename("\(prefix)embeddings.*", to: "bert.embeddings.*"),
          .rename("\(prefix)encoder.layer.#.*", to: "bert.encoder.layer.#.*"),
        ]
    }
    return NameMap(name: "BERT", rules: rules + [.drop("cls.*")])
  }()

  /// Wukong's published checkpoints, reduced tokens or not; those with Swin are read too.
  ///
  /// Source: `Noah_WuKong/model` of huawei-noah/Pretrained-Language-Model; older files call the
  /// reduction of tokens a token learner.
  public static let wukong = NameMap(
    name: "Wukong", rules: [.rename("visual.proj", to: "visual.proj")] + wukongRules)

  /// The same with Swin, whose head is a linear layer.
  public static let wukongSwin = NameMap(name: "Wukong with Swin", rules: wukongRules)

  private static let wukongRules: [NameRule] = {
    let reduction = ["token_reduction", "token_learner"].flatMap { name -> [NameRule] in
      let (foreign, native) = ("visual.\(name)", "visual.token_reducer")
      return [
        .rename("\(foreign).norm.*", to: "\(native).norm.*"),
        .rename("\(foreign).attention_maps.0.weight", to: "\(native).mixing.weight"),
        .rename("\(foreign).attention_maps.1.weight", to: "\(native).maps.weight"),
        .rename("\(foreign).feat_conv.weight", to: "\(native).values.weight"),
      ]
    }
    return reduction + [
      // Buffers of Swin, which its shapes decide.
      .drop("visual.layers.#.blocks.#.attn_mask"),
      .drop("visual.layers.#.blocks.#.attn.relative_position_index"),
      .transpose("visual.head.weight", to: "visual.proj"),
      .rename("visual.head.bias", to: "visual.proj_bias"),
      .rename("visual.*", to: "visual.*"),
      .rename("transformer.text_projection", to: "text_projection"),
      .rename("transformer.*", to: "transformer.*"),
      .rename("loss.logit_scale", to: "logit_scale"),
      // A file of ours that lies outside its folder.
      .rename("text_projection", to: "text_projection"),
      .rename("logit_scale", to: "logit_scale"),
    ]
  }()
}
