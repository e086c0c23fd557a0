namespace Euterpe.Tensors.Files;

/// <summary>
/// One file of named tensors, whatever its format: what a checkpoint is made of. A source has read and checked everything but the tensors' bytes
/// when it is opened; those are views of the mapped file. A new format joins as a source and a line in <see cref="CheckpointFormats"/>.
/// </summary>
internal unsafe interface ITensorSource : IDisposable
{
    string Path { get; }

    /// <summary>The format's name, for people: "safetensors".</summary>
    string Format { get; }

    IReadOnlyList<CheckpointEntry> Entries { get; }

    IReadOnlyDictionary<string, string> Metadata { get; }

    /// <summary>The first byte of an entry of this source; all its bytes follow, and stay until Dispose.</summary>
    byte* Address(CheckpointEntry entry);
}
