namespace Euterpe.Tokens;

/// <summary>What tokenizer_config.json and special_tokens_map.json say: which tokens have which role, and transformers' defaults.</summary>
public sealed record TokenizerSettings
{
    /// <summary>bos_token, eos_token, unk_token, sep_token, pad_token, cls_token, mask_token: those that are given.</summary>
    public IReadOnlyDictionary<string, string> Roles { get; init; } = new Dictionary<string, string>();

    /// <summary>model_max_length; null where none is given (or transformers' placeholder of 1e30).</summary>
    public int? ModelMaxLength { get; init; }

    /// <summary>Where padding goes.</summary>
    public Side PaddingSide { get; init; }

    /// <summary>Where a text that is too long is cut.</summary>
    public Side TruncationSide { get; init; }

    /// <summary>clean_up_tokenization_spaces.</summary>
    public bool CleanUpSpaces { get; init; }

    /// <summary>tokenizer_class.</summary>
    public string? Class { get; init; }
}
