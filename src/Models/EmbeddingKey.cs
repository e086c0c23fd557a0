using System.Globalization;
using System.Security.Cryptography;
using System.Text;

namespace Euterpe.Models;

/// <summary>What a vector depends on, apart from the sound. Vectors with equal keys may be compared; nothing else may.</summary>
/// <param name="Model">The architecture (<c>clap</c>, <c>signature</c>), never a folder's name.</param>
/// <param name="Weights">SHA-256 of the weights, lower-case hexadecimal; <c>none</c> where there are none.</param>
/// <param name="Precision">How the weights are held: <c>f32</c>, <c>bf16</c>.</param>
/// <param name="WindowRule">How a sound of any length is cut, in words that change with the rule.</param>
/// <param name="FrontEnd">Hand-kept revision of the steps from samples to features.</param>
/// <param name="Numerics">Hand-kept revision of the kernels.</param>
/// <param name="Network">Hand-kept revision of the steps from features to the vector.</param>
public sealed record EmbeddingKey(string Model, string Weights, string Precision, string WindowRule, int FrontEnd, int Numerics, int Network)
{
    /// <summary>All parts in one line; what is hashed and what people are shown.</summary>
    public string Text => string.Create(
        CultureInfo.InvariantCulture,
        $"model={Model} weights={Weights} precision={Precision} window=\"{WindowRule}\" front-end={FrontEnd} numerics={Numerics} network={Network}");

    /// <summary>The first 32 hexadecimal digits of the SHA-256 of <see cref="Text"/>: what a catalogue stores beside its vectors.</summary>
    public string Id => Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(Text)))[..32];
}
