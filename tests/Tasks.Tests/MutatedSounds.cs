using System.Buffers.Binary;
using System.Text;
using Euterpe.Numerics;
using Euterpe.Signals;
using Euterpe.Signals.Files;
using Euterpe.Testing;

namespace Euterpe.Tasks.Tests;

/// <summary>A good file of some format, to be damaged.</summary>
internal sealed record SoundSeed(string Ending, byte[] Bytes);

/// <summary>
/// Damages sound files as disks, transfers and attackers do: bits, bytes, extreme numbers where sizes stand, cuts, holes, repeated, swapped and foreign pieces. Every file is a
/// pure function of its number.
/// </summary>
internal static class MutatedSounds
{
    private const int Header = 200, MostBytes = 200_000;

    private static readonly Philox s_random = new(20_261_124, "mutated sounds");

    private static readonly uint[] s_extremes =
        [0, 1, 2, 7, 0x7F, 0x80, 0xFF, 0x7FFF, 0x8000, 0xFFFF, 0x10000, 0x7FFFFFFE, 0x7FFFFFFF, 0x80000000, 0xFFFFFFFE, 0xFFFFFFFF, 44100, 48000, 1_000_000];

    private static readonly string[] s_magics =
        ["RIFF", "RF64", "WAVE", "fmt ", "data", "LIST", "id3 ", "ID3\u0004", "OggS", "fLaC", "FORM", "AIFF", "AIFC", "SSND", "COMM", "ftyp", "moov", "mdat", "stsz", "MAC ", "MPCK", "tBaK",
            "TTA1", "wvpk", ".snd", "caff", "APETAGEX", "TAG", "OpusHead"];

    /// <summary>The damaged form of one of the seeds that this number stands for, and the seed.</summary>
    public static (SoundSeed Seed, byte[] Bytes) Make(IReadOnlyList<SoundSeed> seeds, int number)
    {
        SoundSeed seed = seeds[number % seeds.Count];
        byte[] bytes = [.. seed.Bytes];
        int changes = 1 + s_random.Integer(number, 0, 0, 5);
        for (int i = 1; i <= changes && bytes.Length > 0; i++)
            bytes = Changed(bytes, number, i, seeds);
        return (seed, bytes.Length > MostBytes ? bytes[..MostBytes] : bytes);
    }

    /// <summary>WAV of every kind that the program's own reader knows, short, with tags before and after.</summary>
    public static IReadOnlyList<SoundSeed> OwnFormats()
    {
        var seeds = new List<SoundSeed>();
        float[] tone = [.. Enumerable.Range(0, 900).Select(i => ((i % 50) - 25) / 60f)];
        foreach (SampleFormat format in Enum.GetValues<SampleFormat>())
        {
            foreach (int channels in (int[])[1, 2, 6])
            {
                var stream = new MemoryStream();
                Wav.Write(stream, new Waveform(22_050, [.. Enumerable.Range(0, channels).Select(_ => tone)]), format);
                byte[] wav = stream.ToArray();
                int data = wav.AsSpan().IndexOf("data"u8);
                byte[] info = Chunk("LIST", [.. "INFO"u8, .. Chunk("INAM", "A title\0"u8), .. Chunk("ICRD", "1994-05-01\0"u8)]);
                byte[] tag = [.. "ID3"u8, 3, 0, 0, 0, 0, 0, 41, .. "TIT2"u8, 0, 0, 0, 6, 0, 0, 1, 0xFF, 0xFE, 0x41, 0, 0x42, .. "TRCK"u8, 0, 0, 0, 5, 0, 0, 0, .. "3/12"u8];
                seeds.Add(new SoundSeed("wav", wav));
                seeds.Add(new SoundSeed("wav", [.. wav[..data], .. info, .. wav[data..], .. Chunk("id3 ", tag), .. info]));
                byte[] endless = [.. wav];
                endless.AsSpan(4, 4).Fill(0xFF);
                endless.AsSpan(data + 4, 4).Fill(0xFF);
                seeds.Add(new SoundSeed("wav", endless));
                byte[] sizes = new byte[28];
                BinaryPrimitives.WriteInt64LittleEndian(sizes, wav.Length + 28);
                BinaryPrimitives.WriteInt64LittleEndian(sizes.AsSpan(8), wav.Length - data - 8);
                seeds.Add(new SoundSeed("wav", [.. "RF64"u8, 0xFF, 0xFF, 0xFF, 0xFF, .. "WAVE"u8, .. Chunk("ds64", sizes), .. wav[12..(data + 4)], 0xFF, 0xFF, 0xFF, 0xFF, .. wav[(data + 8)..]]));
            }
        }

        return seeds;
    }

    /// <summary>A quarter of a second of a recording of the clone in every format that FFmpeg writes here and reads, and beginnings of those that it only reads.</summary>
    public static IReadOnlyList<SoundSeed> FfmpegFormats(string folder)
    {
        string source = Path.Combine(Fixture.Repository, "samples", "recordings", "bd_fat.flac");
        (string Name, string Options)[] formats =
        [
            ("cbr.mp3", "-c:a libmp3lame -b:a 64k -metadata title=T -id3v2_version 3"), ("vbr.mp3", "-c:a libmp3lame -q:a 5 -write_xing 1 -write_id3v1 1 -metadata title=T"),
            ("a.mp2", "-c:a mp2 -ar 44100"), ("a.flac", "-c:a flac -metadata title=T"), ("vorbis.ogg", "-c:a libvorbis -metadata title=T"), ("flac.ogg", "-c:a flac -f ogg"),
            ("a.opus", "-c:a libopus"), ("a.m4a", "-c:a aac -metadata title=T"), ("fast.m4a", "-c:a aac -movflags +faststart"), ("alac.m4a", "-c:a alac"),
            ("fragments.mp4", "-c:a aac -movflags +frag_keyframe+empty_moov"), ("a.aiff", "-write_id3v2 1 -metadata title=T"), ("little.aiff", "-c:a pcm_s16le -f aiff"), ("a.wv", "-c:a wavpack -metadata title=T"),
            ("a.tta", "-c:a tta"), ("a.au", "-f au"), ("a.caf", "-f caf"), ("alac.caf", "-c:a alac -f caf"), ("a.w64", "-f w64"), ("vorbis.mka", "-c:a libvorbis -metadata title=T"),
            ("flac.mka", "-c:a flac"), ("pcm.mka", "-c:a pcm_s24le"), ("a.webm", "-c:a libopus"), ("a.wma", "-c:a wmav2 -metadata title=T"), ("a.ac3", "-c:a ac3 -ar 44100"),
            ("a.eac3", "-c:a eac3 -ar 44100"), ("a.aac", "-c:a aac -f adts"),
        ];
        string[] paths = [.. formats.Select(format => Path.Combine(folder, format.Name))];
        ExplainTests.Ffmpeg([
            "-t", "0.25", "-i", source,
            .. formats.SelectMany((format, i) => (string[])["-map", "0:a:0", "-bitexact", "-fflags", "+bitexact", .. format.Options.Split(' '), paths[i]]),
        ]);
        SoundSeed[] made = [.. paths.Select(path => new SoundSeed(Path.GetExtension(path)[1..], File.ReadAllBytes(path)))];
        byte[] noise = [.. Enumerable.Range(0, 3_000).Select(i => (byte)s_random.Bits(uint.MaxValue, 0, i))];
        SoundSeed[] begun =
        [
            new("ape", [.. "MAC "u8, 0x96, 0x0F, 0, 0, 52, 0, 0, 0, 24, 0, 0, 0, 8, 0, 0, 0, 44, 0, 0, 0, .. noise]),
            new("mpc", [.. "MPCKSH"u8, 15, 1, 2, 3, 4, 8, 0x88, 0x64, 0, 0x0B, 0x18, .. noise]), new("mpc", [.. "MP+"u8, 7, .. noise]),
            new("tak", [.. "tBaK"u8, 1, 10, 0, 0, 1, 2, 3, 4, .. noise]),
        ];
        foreach (string path in paths)
            File.Delete(path);
        return [.. made, .. begun];
    }

    private static byte[] Changed(byte[] bytes, int number, int step, IReadOnlyList<SoundSeed> seeds)
    {
        int Pick(int position, int bound) => s_random.Integer(number, step, position, Math.Max(1, bound));

        // Half of all damage is done to the header, where the numbers stand that others rely on.
        int at = Pick(0, Pick(1, 2) == 0 ? Math.Min(Header, bytes.Length) : bytes.Length), length = Math.Min(1 + Pick(2, Pick(3, 2) == 0 ? 16 : bytes.Length / 2), bytes.Length - at);
        uint extreme = Pick(4, 4) == 0 ? (uint)bytes.Length : s_extremes[Pick(5, s_extremes.Length)];
        switch (Pick(6, 13))
        {
            case 0:
                bytes[at] ^= (byte)(1 << Pick(7, 8));
                return bytes;
            case 1:
                bytes[at] = (byte)s_random.Bits(number, step, 8);
                return bytes;
            case 2 when at + 4 <= bytes.Length:
                BinaryPrimitives.WriteUInt32LittleEndian(bytes.AsSpan(at), extreme);
                return bytes;
            case 3 when at + 4 <= bytes.Length:
                BinaryPrimitives.WriteUInt32BigEndian(bytes.AsSpan(at), extreme);
                return bytes;
            case 4 when at + 2 <= bytes.Length:
                BinaryPrimitives.WriteUInt16LittleEndian(bytes.AsSpan(at), (ushort)extreme);
                return bytes;
            case 5:
                return bytes[..at];
            case 6:
                return [.. bytes[..at], .. bytes[(at + length)..]];
            case 7:
                return [.. bytes[..(at + length)], .. bytes[at..]];
            case 8:
                bytes.AsSpan(at, length).Fill((byte)(Pick(9, 2) * 0xFF));
                return bytes;
            case 9:
                bytes.AsSpan(at, length).Reverse();
                return bytes;
            case 10:
                byte[] other = seeds[Pick(10, seeds.Count)].Bytes;
                return [.. bytes[..at], .. other[Pick(11, other.Length)..]];
            case 11:
                return [.. bytes[..at], .. Encoding.Latin1.GetBytes(s_magics[Pick(12, s_magics.Length)]), .. bytes[Math.Min(bytes.Length, at + 4)..]];
            default:
                for (int i = 0; i < length; i++)
                    bytes[at + i] = (byte)s_random.Bits(number, step, 100 + i);
                return bytes;
        }
    }

    private static byte[] Chunk(string id, ReadOnlySpan<byte> content)
    {
        byte[] chunk = new byte[8 + content.Length + (content.Length & 1)];
        Encoding.ASCII.GetBytes(id, chunk);
        BinaryPrimitives.WriteInt32LittleEndian(chunk.AsSpan(4), content.Length);
        content.CopyTo(chunk.AsSpan(8));
        return chunk;
    }
}
