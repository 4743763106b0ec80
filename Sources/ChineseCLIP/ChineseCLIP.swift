// One import for a program that uses a model: what its lines name and nothing more.
@_exported public import CLIPImages
@_exported public import CLIPModels
@_exported public import CLIPText
@_exported public import enum Torch.Device
