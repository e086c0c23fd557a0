namespace Euterpe.Models.Signature;

/// <summary>The fitted constants of <c>signature</c>. The numbers stand in SignatureConstants.g.cs, written by <c>./bench.sh
/// signature-fit</c>.</summary>
internal static partial class SignatureConstants
{
    public static SignatureMap Map() => new(Mean.ToArray(), Scale.ToArray(), Weights.ToArray(), Factor.ToArray(), Offset.ToArray());
}
