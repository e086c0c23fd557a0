namespace Euterpe.Tokens.Normalizers;

internal interface INormalizer
{
    Text Apply(Text text);
}

internal sealed class NormalizerSequence(IReadOnlyList<INormalizer> parts) : INormalizer
{
    public Text Apply(Text text) => parts.Aggregate(text, (current, part) => part.Apply(current).Limited());
}
