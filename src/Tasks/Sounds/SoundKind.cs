using System.Buffers.Binary;

namespace Euterpe.Tasks.Sounds;

/// <summary>What a file is by its content.</summary>
internal enum SoundKind
{
    Unknown,
    Wav,
    Flac,
    Ogg,
    Mpeg,
    Mp4,
    Aiff,
    Matroska,
    Asf,
    WavPack,
    Monkey,
    Musepack,
    TrueAudio,
    Tak,
    Au,
    Caf,
    Wave64,
}

internal static class SoundKinds
{
    /// <summary>Bytes that <see cref="Of"/> wants to see, if the file has them.</summary>
    public const int HeadLength = 64;

    /// <summary>The kind that a file's first bytes tell; <see cref="SoundKind.Unknown"/> for everything else, pictures and texts among them.</summary>
    public static SoundKind Of(ReadOnlySpan<byte> head)
    {
        if (head.Length >= 12 && (head.StartsWith("RIFF"u8) || head.StartsWith("RF64"u8) || head.StartsWith("RIFX"u8) || head.StartsWith("BW64"u8)))
            return head.Slice(8, 4).SequenceEqual("WAVE"u8) ? SoundKind.Wav : SoundKind.Unknown;
        if (head.Length >= 12 && head.StartsWith("FORM"u8))
            return head.Slice(8, 3).SequenceEqual("AIF"u8) ? SoundKind.Aiff : SoundKind.Unknown;
        if (head.Length >= 12 && head.Slice(4, 4).SequenceEqual("ftyp"u8))
            return IsPicture(head.Slice(8, 4)) ? SoundKind.Unknown : SoundKind.Mp4;
        if (head.StartsWith("fLaC"u8))
            return SoundKind.Flac;
        if (head.StartsWith("OggS"u8))
            return SoundKind.Ogg;
        if (head.StartsWith("ID3"u8) || IsMpegFrame(head))
            return SoundKind.Mpeg;
        if (head.StartsWith((ReadOnlySpan<byte>)[0x1A, 0x45, 0xDF, 0xA3]))
            return SoundKind.Matroska;
        if (head.StartsWith((ReadOnlySpan<byte>)[0x30, 0x26, 0xB2, 0x75, 0x8E, 0x66, 0xCF, 0x11]))
            return SoundKind.Asf;
        if (head.StartsWith("wvpk"u8))
            return SoundKind.WavPack;
        if (head.StartsWith("MAC "u8))
            return SoundKind.Monkey;
        if (head.StartsWith("MPCK"u8) || head.StartsWith("MP+"u8))
            return SoundKind.Musepack;
        if (head.StartsWith("TTA1"u8))
            return SoundKind.TrueAudio;
        if (head.StartsWith("tBaK"u8))
            return SoundKind.Tak;
        if (head.StartsWith(".snd"u8))
            return SoundKind.Au;
        if (head.StartsWith("caff"u8))
            return SoundKind.Caf;
        if (head.StartsWith("riff"u8) && head.Length >= 8 && head[4] == 0x2E)
            return SoundKind.Wave64;
        return SoundKind.Unknown;
    }

    /// <summary>Reads the first bytes of a file and tells its kind.</summary>
    public static SoundKind Read(string path)
    {
        Span<byte> head = stackalloc byte[HeadLength];
        using var stream = new FileStream(path, FileMode.Open, FileAccess.Read, FileShare.ReadWrite | FileShare.Delete, bufferSize: 0);
        return Of(head[..stream.ReadAtLeast(head, HeadLength, throwOnEndOfStream: false)]);
    }

    private static bool IsPicture(ReadOnlySpan<byte> brand) =>
        brand.SequenceEqual("avif"u8) || brand.SequenceEqual("avis"u8) || brand.SequenceEqual("heic"u8) || brand.SequenceEqual("heix"u8)
        || brand.SequenceEqual("mif1"u8) || brand.SequenceEqual("msf1"u8);

    // A frame of MPEG layer II or III (or ADTS) has no magic word: 11 or 12 sync bits and fields that may not take every value.
    private static bool IsMpegFrame(ReadOnlySpan<byte> head)
    {
        if (head.Length < 4)
            return false;
        uint header = BinaryPrimitives.ReadUInt32BigEndian(head);
        if ((header & 0xFFF60000) == 0xFFF00000)
            return (header >> 10 & 0xF) < 13 && (header >> 6 & 7) is > 0; // ADTS: rate index, channels
        return (header & 0xFFE00000) == 0xFFE00000
            && (header >> 19 & 3) != 1 // version
            && (header >> 17 & 3) is (1 or 2) // layer III or II
            && (header >> 12 & 15) is not (0 or 15) // bit rate
            && (header >> 10 & 3) != 3; // sample rate
    }
}
