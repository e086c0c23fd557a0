using System.Globalization;
using System.Reflection;
using System.Runtime.InteropServices;
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

/// <summary>Where a vector was made. It is kept beside it, and does not separate vectors.</summary>
/// <param name="Program">Program and version.</param>
/// <param name="Decoder">The build that decoded the file; null for our own reader.</param>
/// <param name="Machine">Operating system, processor architecture and runtime.</param>
public sealed record Provenance(string Program, string? Decoder, string Machine)
{
    public static Provenance Here(string? decoder) => new(
        "euterpe " + (typeof(Provenance).Assembly.GetCustomAttribute<AssemblyInformationalVersionAttribute>()?.InformationalVersion ?? "unknown"),
        decoder,
        $"{RuntimeInformation.OSDescription} {RuntimeInformation.ProcessArchitecture} {RuntimeInformation.FrameworkDescription}");
}
