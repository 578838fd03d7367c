"""Small configurations of published architectures with random weights, and what each is fed with. Needs torch, transformers and timm."""
import dataclasses

import torch

SMALL = dict(hidden_size=64, num_hidden_layers=2, num_attention_heads=4, intermediate_size=128, vocab_size=256, max_position_embeddings=128)
IMAGE = dict(image_size=64, patch_size=16, hidden_size=64, num_hidden_layers=2, num_attention_heads=4, intermediate_size=128)
DECODER = dict(SMALL, num_key_value_heads=2, head_dim=16, pad_token_id=0, bos_token_id=1, eos_token_id=2)
STAGES = dict(hidden_sizes=[16, 32, 64, 128], depths=[1, 1, 2, 1])


@dataclasses.dataclass
class Architecture:
    source: str  # transformers: the model type; timm: the model's name
    feeds: str  # text, ids, image, sound, spectrum
    config: dict
    size: int = 64  # pixels, words or sound samples
    free_size: bool = False  # may length, height and width be free?
    part: str = ""  # of the model that is exported: its encoder, its image tower


def text(source, free_size=True, part="", feeds="text", **config):
    return Architecture(source, feeds, {**SMALL, **config}, 24, free_size, part)


def decoder(source, **config):
    # With a mask: without one transformers looks for packed sequences by an operator that TorchScript does not export.
    return Architecture(source, "text", {**DECODER, **config}, 24, True)


def image(source, size=64, free_size=False, part="", **config):
    return Architecture(source, "image", config, size, free_size, part)


TRANSFORMERS = {
    "bert": text("bert"),
    "roberta": text("roberta", pad_token_id=0),
    "distilbert": text("distilbert", dim=64, n_layers=2, n_heads=4, hidden_dim=128),
    "albert": text("albert", embedding_size=32),
    "electra": text("electra", embedding_size=32),
    "deberta_v2": text("deberta-v2", free_size=False, relative_attention=True, pos_att_type=["p2c", "c2p"], position_buckets=16),
    "mpnet": text("mpnet", pad_token_id=1),
    "modernbert": text("modernbert", pad_token_id=0, bos_token_id=1, eos_token_id=2, cls_token_id=1, sep_token_id=2, reference_compile=False),
    "gpt2": text("gpt2", n_embd=64, n_layer=2, n_head=4, n_positions=128, bos_token_id=1, eos_token_id=2),
    "opt": text("opt", feeds="ids", ffn_dim=128, word_embed_proj_dim=64, pad_token_id=0),
    "llama": decoder("llama"),
    "mistral": decoder("mistral"),
    "qwen2": decoder("qwen2"),
    "gemma": decoder("gemma"),
    "phi": decoder("phi", partial_rotary_factor=0.5),
    "t5_encoder": text("t5", part="encoder", d_model=64, d_kv=16, d_ff=128, num_layers=2, num_heads=4),
    "bart_encoder": text("bart", part="encoder", d_model=64, encoder_layers=2, encoder_attention_heads=4, encoder_ffn_dim=128, decoder_layers=1,
                         decoder_attention_heads=4, decoder_ffn_dim=128),
    "clip_text": text("clip_text_model", pad_token_id=0, bos_token_id=1, eos_token_id=2),
    "clip_vision": image("clip_vision_model", **IMAGE),
    "siglip_vision": image("siglip_vision_model", **IMAGE),
    "vit": image("vit", **IMAGE),
    "deit": image("deit", **IMAGE),
    "beit": image("beit", **IMAGE),
    "dinov2": image("dinov2", **IMAGE, free_size=True),
    "swin": image("swin", image_size=64, patch_size=4, embed_dim=16, depths=[2, 2], num_heads=[2, 4], window_size=4),
    "swinv2": image("swinv2", image_size=64, patch_size=4, embed_dim=16, depths=[2, 2], num_heads=[2, 4], window_size=4),
    "convnext": image("convnext", free_size=True, **STAGES),
    "convnextv2": image("convnextv2", free_size=True, **STAGES),
    "segformer": image("segformer", free_size=True, hidden_sizes=[16, 32, 48, 64], depths=[1, 1, 1, 1], num_attention_heads=[1, 2, 3, 4]),
    "poolformer": image("poolformer", free_size=True, hidden_sizes=[16, 32, 48, 64], depths=[1, 1, 2, 1]),
    "mobilevit": image("mobilevit", hidden_sizes=[32, 48, 64], neck_hidden_sizes=[8, 16, 24, 32, 48, 64, 128], image_size=64),
    "yolos": image("yolos", **{**IMAGE, "image_size": [64, 64]}, num_detection_tokens=10),
    "wav2vec2": Architecture("wav2vec2", "sound", dict(SMALL, conv_dim=[32] * 4, conv_kernel=[10, 3, 3, 2], conv_stride=[5, 2, 2, 2], num_feat_extract_layers=4,
                                                       num_conv_pos_embeddings=16, num_conv_pos_embedding_groups=4), 1600, True),
    "hubert": Architecture("hubert", "sound", dict(SMALL, conv_dim=[32] * 4, conv_kernel=[10, 3, 3, 2], conv_stride=[5, 2, 2, 2], num_feat_extract_layers=4,
                                                   num_conv_pos_embeddings=16, num_conv_pos_embedding_groups=4), 1600, True),
    "whisper_encoder": Architecture("whisper", "spectrum", dict(d_model=64, encoder_layers=2, encoder_attention_heads=4, encoder_ffn_dim=128, decoder_layers=1,
                                                                decoder_attention_heads=4, decoder_ffn_dim=128, num_mel_bins=16, max_source_positions=50,
                                                                vocab_size=256, pad_token_id=0, bos_token_id=1, eos_token_id=2,
                                                                decoder_start_token_id=1), 100, False, "encoder"),
}
TIMM = {name: Architecture(source, "image", {}, size, free) for name, source, size, free in [
    ("resnet18", "resnet18", 64, True), ("mobilenetv3_small", "mobilenetv3_small_050", 64, True), ("mobilenetv4_conv_small", "mobilenetv4_conv_small_050", 64, True),
    ("efficientnet_lite0", "tf_efficientnet_lite0", 64, True), ("regnety_002", "regnety_002", 64, True), ("repvgg_a0", "repvgg_a0", 64, True),
    ("ghostnet", "ghostnet_050", 64, True), ("res2net", "res2net50_26w_4s", 64, True), ("resnest14d", "resnest14d", 64, True),
    ("hrnet_w18_small", "hrnet_w18_small", 64, True), ("inception_next", "inception_next_atto", 64, True), ("edgenext", "edgenext_xx_small", 64, True),
    ("convnext_atto", "convnext_atto", 64, True), ("mixer", "mixer_s32_224", 224, False), ("vit_tiny", "vit_tiny_patch16_224", 224, False),
    ("xcit", "xcit_nano_12_p16_224", 224, False), ("levit", "levit_128s", 224, False), ("efficientvit_b0", "efficientvit_b0", 64, True)]}
ARCHITECTURES = {**TRANSFORMERS, **TIMM}


class Single(torch.nn.Module):
    """The model with one tensor as its output: the last hidden state, or what it has instead."""

    def __init__(self, model, names):
        super().__init__()
        self.model, self.names = model, names

    def forward(self, *inputs):
        out = self.model(**dict(zip(self.names, inputs)))
        for key in ("last_hidden_state", "logits"):
            if getattr(out, key, None) is not None:
                return getattr(out, key)
        return out[0]


def build(name):
    """The model in evaluation mode, and the names of its inputs."""
    chosen = ARCHITECTURES[name]
    torch.manual_seed(0)
    if name in TIMM:
        import timm
        return fitted(timm.create_model(chosen.source, num_classes=10), chosen), ["input"]
    from transformers import AutoConfig, AutoModel
    config = AutoConfig.for_model(chosen.source, **chosen.config)
    if hasattr(config, "use_cache"):
        config.use_cache = False
    model = AutoModel.from_config(config)
    if chosen.part:
        model = getattr(model, chosen.part)
    names = {"text": ["input_ids", "attention_mask"], "ids": ["input_ids"], "image": ["pixel_values"], "sound": ["input_values"],
             "spectrum": ["input_features"]}[chosen.feeds]
    return fitted(Single(model, names), chosen), names


def fitted(model, chosen):
    """BatchNormalizations get the statistics of the inputs: those of a new model belong to no data, and a deep one without them gives noise."""
    norms = [m for m in model.modules() if isinstance(m, torch.nn.modules.batchnorm._BatchNorm)]
    model.eval()
    if norms:
        for m in norms:
            m.train()
            m.momentum = None
            m.reset_running_stats()
        with torch.no_grad():
            for k in range(2):
                model(*inputs(chosen, 8, 100 + k))
        model.eval()
    return model


def inputs(chosen, batch, seed):
    """Random inputs of the right kind."""
    made = torch.Generator().manual_seed(seed)
    if chosen.feeds in ("text", "ids"):
        ids = torch.randint(3, 256, (batch, chosen.size), generator=made)
        if chosen.feeds == "ids":
            return (ids,)
        lengths = torch.randint(chosen.size // 2, chosen.size + 1, (batch, 1), generator=made)
        return ids, (torch.arange(chosen.size)[None] < lengths).long()
    if chosen.feeds == "image":
        return (torch.randn(batch, 3, chosen.size, chosen.size, generator=made),)
    if chosen.feeds == "sound":
        return (torch.randn(batch, chosen.size, generator=made),)
    return (torch.randn(batch, chosen.config["num_mel_bins"], chosen.size, generator=made),)
