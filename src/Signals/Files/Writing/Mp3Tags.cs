using System.Buffers.Binary;
using System.Text;

namespace Euterpe.Signals.Files.Writing;

/// <summary>
/// MPEG audio with an ID3v2 tag in front of it, which gets one if it has none. All that follows the tag stays as it is, tags at the end among it.
/// </summary>
internal sealed class Mp3Tags : TagFile
{
    private const int EndTag = 128, ApeFooter = 32;

    private readonly Id3Block block;
    private readonly int before;

    public Mp3Tags(FileStream file, string name)
        : base(file, name)
    {
        byte[] head = Read(Math.Min(Id3Block.HeaderBytes, File.Length), "the head");
        if (head.AsSpan().StartsWith("ID3"u8) && head.Length == Id3Block.HeaderBytes)
        {
            before = Id3Block.HeaderBytes + Id3Block.SyncSafe(head.AsSpan(6));
            File.Position = 0;
            try
            {
                block = new Id3Block(Read(before, "the ID3 tag"));
            }
            catch (InvalidDataException e)
            {
                throw Refused($"it has {e.Message}, which would not be kept as it is.");
            }
        }
        else
        {
            block = new Id3Block();
        }

        // Behind the tag there may be zeros, then a frame of layer II or III. Anything else (AAC, FLAC with an ID3 tag in front of it) is not
        // touched.
        File.Position = before;
        byte[] sound = Read(Math.Min(1 << 16, File.Length - before), "the sound");
        int first = sound.AsSpan().IndexOfAnyExcept((byte)0);
        if (first < 0 || first + 1 >= sound.Length || sound[first] != 0xFF || (sound[first + 1] & 0xE6) is not (0xE2 or 0xE4))
            throw Refused("behind its ID3 tag there is no MPEG audio.");
    }

    public override string? Get(string tag) => block.Get(tag) ?? AtTheEnd(tag);

    public override void Set(string tag, string value)
    {
        if (AtTheEnd(tag) is not null)
            throw Refused($"it has an APE tag at its end, which also says the {tag}: players would not agree. Hint: remove one of the two tags.");
        block.Set(tag, value);
    }

    protected override void Write(Stream to, CancellationToken token)
    {
        to.Write(block.ToBytes(before));
        Copy(before, File.Length - before, to, token);
    }

    /// <summary>What an APE tag behind the sound says.</summary>
    private string? AtTheEnd(string tag)
    {
        foreach (long end in (long[])[File.Length, File.Length - EndTag])
        {
            if (end - ApeFooter < before)
                continue;
            File.Position = end - ApeFooter;
            byte[] foot = Read(ApeFooter, "the end");
            if (!foot.AsSpan().StartsWith("APETAGEX"u8))
                continue;
            uint size = BinaryPrimitives.ReadUInt32LittleEndian(foot.AsSpan(12)), count = BinaryPrimitives.ReadUInt32LittleEndian(foot.AsSpan(16));
            if (size < ApeFooter || end - size < before)
                continue;
            File.Position = end - size;
            ReadOnlySpan<byte> items = Read(size - ApeFooter, "the APE tag");
            for (uint i = 0; i < count && items.Length > 8; i++)
            {
                uint length = BinaryPrimitives.ReadUInt32LittleEndian(items);
                int key = items[8..].IndexOf((byte)0);
                if (key < 0 || length > items.Length - 9 - key)
                    break;
                if (Encoding.Latin1.GetString(items.Slice(8, key)).Equals(tag, StringComparison.OrdinalIgnoreCase))
                    return Text(items.Slice(9 + key, (int)length)).Replace("\0", "; ", StringComparison.Ordinal);
                items = items[(9 + key + (int)length)..];
            }
        }

        return null;
    }
}
