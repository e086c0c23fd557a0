using System.Buffers.Binary;

namespace Euterpe.Signals.Files.Writing;

/// <summary>FLAC (RFC 9639): blocks of metadata, one of them comments, then frames. All other blocks and all frames stay as they are.</summary>
internal sealed class FlacTags : TagFile
{
    private const int Comments = 4, Last = 0x80, MostBlock = (1 << 24) - 1;

    private readonly List<(int Type, long Start, long Length)> blocks = [];
    private readonly VorbisComments comments;
    private readonly long frames;

    public FlacTags(FileStream file, string name)
        : base(file, name)
    {
        Read(4, "the mark");
        VorbisComments? found = null;
        for (bool last = false; !last;)
        {
            byte[] head = Read(4, "a block's head");
            last = (head[0] & Last) != 0;
            int type = head[0] & 0x7F, length = (int)(BinaryPrimitives.ReadUInt32BigEndian(head) & MostBlock);
            if (length > File.Length - File.Position)
                throw Refused("a block of metadata leads beyond the end of the file.");
            if (type == Comments)
            {
                found = found is null ? Parsed(Read(length, "the comments")) : throw Refused("it has two blocks of comments.");
                File.Position -= length;
            }

            blocks.Add((type, File.Position, length));
            File.Position += length;
        }

        frames = File.Position;
        // The first block (STREAMINFO) stays the first.
        if (found is null)
            blocks.Insert(1, (Comments, 0, 0));
        comments = found ?? new VorbisComments(new byte[8]);
    }

    public override string? Get(string tag) => comments.Get(tag);

    public override void Set(string tag, string value) => comments.Set(tag, value);

    protected override void Write(Stream to, CancellationToken token)
    {
        to.Write("fLaC"u8);
        byte[] head = new byte[4], changed = comments.ToBytes();
        for (int i = 0; i < blocks.Count; i++)
        {
            (int type, long start, long length) = blocks[i];
            long written = type == Comments ? changed.Length : length;
            if (written > MostBlock)
                throw Refused("its comments would be larger than FLAC allows.");
            BinaryPrimitives.WriteUInt32BigEndian(head, (uint)written);
            head[0] = (byte)(type | (i == blocks.Count - 1 ? Last : 0));
            to.Write(head);
            if (type == Comments)
                to.Write(changed);
            else
                Copy(start, length, to, token);
        }

        Copy(frames, File.Length - frames, to, token);
    }

    private VorbisComments Parsed(byte[] bytes)
    {
        try
        {
            return new VorbisComments(bytes);
        }
        catch (InvalidDataException)
        {
            throw Refused("its comments are damaged.");
        }
    }
}
