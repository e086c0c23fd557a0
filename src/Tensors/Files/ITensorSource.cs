namespace Euterpe.Tensors.Files;

/// <summary>
/// One file of named tensors, whatever its format: what a checkpoint is made of. A source has read and checked everything but the tensors' bytes
/// when it is opened; those are views of the mapped file, or of a copy that is made when first asked for. A new format joins as a source and a line
/// in <see cref="CheckpointFormats"/>.
/// </summary>
internal unsafe interface ITensorSource : IDisposable
{
    string Path { get; }

    /// <summary>The format's name, for people: "safetensors".</summary>
    string Format { get; }

    IReadOnlyList<CheckpointEntry> Entries { get; }

    IReadOnlyDictionary<string, string> Metadata { get; }

    /// <summary>What the file holds beside its tensors; null where its format has nothing but tensors.</summary>
    CheckpointValue? Tree => null;

    /// <summary>
    /// The first byte of an entry of this source; all its bytes follow, and stay until Dispose. Throws where they are damaged, as far as the format
    /// tells.
    /// </summary>
    byte* Address(CheckpointEntry entry);
}
