using System.Buffers.Binary;
using System.Security.Cryptography;
using System.Text;
using Euterpe.Numerics;
using Euterpe.Signals.Files;
using Euterpe.Testing;

namespace Euterpe.Signals.Tests.Files;

public sealed class IdentityTests : IDisposable
{
    private static readonly AudioFileOptions Identified = new() { Identify = true };

    private readonly EncodedSounds sounds = new();

    public void Dispose() => sounds.Dispose();

    [SkippableTheory]
    [InlineData("mp3", "-c:a libmp3lame -id3v2_version 3 -write_id3v1 1")]
    [InlineData("flac", "-c:a flac")]
    [InlineData("ogg", "-c:a libvorbis")]
    [InlineData("opus", "-c:a libopus")]
    [InlineData("m4a", "-c:a aac")]
    [InlineData("wv", "-c:a wavpack")]
    [InlineData("mka", "-c:a libmp3lame")]
    [InlineData("wma", "-c:a wmav2")]
    [InlineData("tta", "-c:a tta")]
    public void Identity_is_the_hash_of_the_packets_whatever_the_tags_and_the_name(string ending, string codec)
    {
        string path = sounds.Encode(sounds.Wave("source.wav"), "a." + ending, codec.Split(' '));
        string tagged = sounds.Retag(path, "b." + ending, "-metadata", "title=Another", "-metadata", "artist=" + new string('x', 3_000), "-metadata", "comment=Long");
        string renamed = sounds["c.bin"];
        File.Copy(path, renamed);
        string expected = EncodedSounds.StreamHash(path);
        foreach (string file in (string[])[path, tagged, renamed])
        {
            Assert.Equal(expected, Read(file).PacketsSha256);
            Assert.Equal(expected, AudioFile.Identify(file).PacketsSha256);
        }
        Assert.Equal("Another", Read(tagged).Tags.Title);
        Assert.Equal(Read(tagged), AudioFile.Identify(tagged));
    }

    [SkippableTheory]
    [InlineData("flac", "-c:a flac")]
    [InlineData("mp3", "-c:a libmp3lame")]
    [InlineData("m4a", "-c:a aac")]
    public void Identity_does_not_see_a_cover(string ending, string codec)
    {
        string path = sounds.Encode(sounds.Wave("source.wav"), "a." + ending, codec.Split(' ')), cover = sounds["cover.png"], with = sounds["with." + ending];
        EncodedSounds.Ffmpeg("-f", "lavfi", "-i", "color=red:size=64x64", "-frames:v", "1", cover);
        EncodedSounds.Ffmpeg("-i", path, "-i", cover, "-map", "0:a", "-map", "1:v", "-c", "copy", "-disposition:v", "attached_pic", with);
        Assert.True(new FileInfo(with).Length > new FileInfo(path).Length);
        Assert.Equal(Read(path).PacketsSha256, Read(with).PacketsSha256);
    }

    [SkippableFact]
    public void Identity_of_FLAC_does_not_see_the_tags_of_other_formats_that_some_programs_put_around_it()
    {
        string path = sounds.Encode(sounds.Wave("source.wav"), "a.flac", "-c:a", "flac", "-metadata", "title=One", "-metadata", "artist=A");
        byte[] flac = File.ReadAllBytes(path), old = new byte[128], ape = new byte[64 + 10];
        "TAG"u8.CopyTo(old);
        foreach (int at in (int[])[0, 42])
        {
            "APETAGEX"u8.CopyTo(ape.AsSpan(at));
            (ape[at + 12], ape[at + 23]) = (42, 0x80);
        }
        byte[] id3 = [.. "ID3"u8, 4, 0, 0, 0, 0, 0, 20, .. new byte[20]];
        var expected = new AudioIdentity(EncodedSounds.StreamHash(path), new AudioTags("One", "A"));
        foreach (byte[] variant in (byte[][])[flac, [.. id3, .. flac], [.. flac, .. old], [.. flac, .. ape], [.. id3, .. flac, .. ape, .. old]])
        {
            File.WriteAllBytes(path, variant);
            Assert.Equal(expected, Read(path));
            Assert.Equal(expected, AudioFile.Identify(path, new AudioFileOptions { Decoder = "not-needed" }));
        }
    }

    [SkippableFact]
    public void Identity_of_a_FLAC_that_is_built_badly_is_what_the_decoder_makes_of_it()
    {
        string path = sounds.Encode(sounds.Wave("source.wav"), "a.flac", "-c:a", "flac");
        byte[] flac = File.ReadAllBytes(path);
        int frames = flac.AsSpan().IndexOf((ReadOnlySpan<byte>)[0xFF, 0xF8]);
        File.WriteAllBytes(path, [.. flac[..frames], 1, 2, 3, .. flac[frames..]]);
        Assert.Equal(EncodedSounds.StreamHash(path), AudioFile.Identify(path).PacketsSha256);
        Assert.Equal(AudioFile.Identify(path), Read(path));
        File.WriteAllBytes(path, flac[..frames]);
        Assert.Contains("no sound", Assert.Throws<FileFormatException>(() => AudioFile.Identify(path)).Message);
    }

    [Fact]
    public void A_file_without_frames_has_no_identity()
    {
        string path = sounds.Wave("a.wav", frames: 0);
        Assert.Contains("no sound", Assert.Throws<FileFormatException>(() => AudioFile.Identify(path)).Message);
    }

    [SkippableTheory]
    [InlineData("aiff", "-f aiff -write_id3v2 1")]
    [InlineData("au", "-f au")]
    [InlineData("caf", "-f caf -c:a pcm_s16be")]
    [InlineData("w64", "-f w64")]
    public void Identity_of_packets_without_a_header_holds_their_rate(string ending, string options)
    {
        string path = sounds.Encode(sounds.Wave("source.wav"), "a." + ending, options.Split(' '));
        string tagged = sounds.Retag(path, "b." + ending, [.. options.Split(' '), "-metadata", "title=Another"]);
        string faster = sounds.Encode(sounds.Wave("faster.wav", rate: 48_000), "c." + ending, options.Split(' '));
        string expected = Sha256($"packets 44100 2 {EncodedSounds.StreamHash(path)}\n", []);
        Assert.Equal(expected, Read(path).PacketsSha256);
        Assert.Equal(expected, Read(tagged).PacketsSha256);
        Assert.Equal(expected, AudioFile.Identify(tagged).PacketsSha256);
        Assert.Equal(EncodedSounds.StreamHash(path), EncodedSounds.StreamHash(faster));
        Assert.NotEqual(expected, Read(faster).PacketsSha256);
    }

    [SkippableFact]
    public void Identifying_changes_no_sample_and_is_asked_for()
    {
        string path = sounds.Encode(sounds.Wave("source.wav"), "a.mp3", "-c:a", "libmp3lame", "-metadata", "title=0,a,SHA256=" + new string('0', 64));
        Waveform plain = AudioFile.Read(path), identified = AudioFile.Read(path, Identified);
        Close.Same(plain.Channel(1), identified.Channel(1));
        using AudioFile file = AudioFile.Open(path);
        while (file.Read(new float[8192]) > 0)
        {
        }
        Assert.Throws<InvalidOperationException>(() => file.PacketsSha256);
        using AudioFile early = AudioFile.Open(path, Identified);
        Assert.True(early.Read(new float[2]) > 0);
        Assert.Contains("read to its end", Assert.Throws<InvalidOperationException>(() => early.Tags).Message);
    }

    [SkippableTheory]
    [InlineData(1)]
    [InlineData(7)]
    [InlineData(1_000)]
    [InlineData(65_536)]
    public void Identity_does_not_depend_on_how_the_sound_is_read(int frames)
    {
        string path = sounds.Encode(sounds.Wave("source.wav", frames: 9_000), "a.flac", "-c:a", "flac");
        Assert.Equal(EncodedSounds.StreamHash(path), Read(path, frames).PacketsSha256);
        Assert.Equal(Read(sounds["source.wav"]), Read(sounds["source.wav"], frames));
    }

    [Theory]
    [InlineData(SampleFormat.Pcm8, "pcm8")]
    [InlineData(SampleFormat.Pcm16, "pcm16")]
    [InlineData(SampleFormat.Pcm24, "pcm24")]
    [InlineData(SampleFormat.Pcm32, "pcm32")]
    [InlineData(SampleFormat.Float32, "float32")]
    [InlineData(SampleFormat.Float64, "float64")]
    public void Identity_of_WAV_is_that_of_its_bytes_and_format(SampleFormat format, string name)
    {
        string path = sounds.Wave("a.wav", 22_050, 1, 5_001, format);
        byte[] bytes = File.ReadAllBytes(path), data = DataOf(bytes);
        string expected = Sha256($"{name} 22050 1\n", data);
        byte[] note = Chunk("LIST", [.. "INFO"u8, .. Chunk("INAM", "A title\0"u8)]), odd = Chunk("bext", new byte[603]), id3 = Chunk("id3 ", [1, 2, 3]);
        foreach (byte[] variant in (byte[][])[bytes, With(bytes, [odd, note], []), With(bytes, [], [note, id3]), With(bytes, [note], [odd, note]), Unknown(bytes)])
        {
            File.WriteAllBytes(path, variant);
            Assert.Equal(expected, Read(path).PacketsSha256);
            Assert.Equal(Read(path), AudioFile.Identify(path));
        }
    }

    [Fact]
    public void Identity_of_WAV_covers_what_is_decoded_where_the_header_does_not_know_the_length()
    {
        string path = sounds.Wave("a.wav", 8_000, 1, 1_000);
        byte[] bytes = Unknown([.. File.ReadAllBytes(path), 1, 2, 3, 4]);
        File.WriteAllBytes(path, bytes);
        Assert.Equal(1_002, AudioFile.Read(path).Length);
        Assert.Equal(Sha256("pcm16 8000 1\n", bytes[^2_004..]), Read(path).PacketsSha256);
        File.WriteAllBytes(path, bytes[..^1]);
        Assert.Contains("inside a frame", Assert.Throws<FileFormatException>(() => AudioFile.Identify(path)).Message);
        Assert.Throws<FileFormatException>(() => Read(path));
    }

    [Fact]
    public void Identity_of_a_WAV_that_is_cut_short_is_refused_as_decoding_it_is()
    {
        string path = sounds.Wave("a.wav", 8_000, 1, 1_000);
        File.WriteAllBytes(path, File.ReadAllBytes(path)[..1_000]);
        Assert.Equal(Assert.Throws<FileFormatException>(() => AudioFile.Read(path)).Message, Assert.Throws<FileFormatException>(() => AudioFile.Identify(path)).Message);
    }

    [SkippableFact]
    public void Decoded_hash_is_that_of_rate_channels_and_samples()
    {
        string wav = sounds.Wave("a.wav", 8_000, 2, 3_000), flac = sounds.Encode(wav, "a.flac", "-c:a", "flac");
        Waveform all = AudioFile.Read(wav);
        byte[] bytes = new byte[8 * all.Length];
        for (int i = 0; i < all.Length; i++)
        {
            BinaryPrimitives.WriteSingleLittleEndian(bytes.AsSpan(8 * i), all.Channel(0)[i]);
            BinaryPrimitives.WriteSingleLittleEndian(bytes.AsSpan((8 * i) + 4), all.Channel(1)[i]);
        }
        string expected = Sha256("f32 8000 2\n", bytes);
        Assert.Equal((expected, 3_000L), Decoded(wav, 777));
        Assert.Equal((expected, 3_000L), Decoded(flac, 4_096));
        Assert.NotEqual(expected, Decoded(sounds.Wave("b.wav", 11_025, 2, 3_000), 64).Hash);
    }

    private static (string Hash, long Frames) Decoded(string path, int frames)
    {
        using var source = new HashedSource(AudioFile.Open(path));
        float[] block = new float[frames * source.Channels];
        while (source.Read(block) > 0)
        {
        }
        return (source.DecodedSha256, source.Frames);
    }

    private static AudioIdentity Read(string path, int frames = 4_096)
    {
        using AudioFile file = AudioFile.Open(path, Identified);
        float[] block = new float[frames * file.Channels];
        while (file.Read(block) > 0)
        {
        }
        return new AudioIdentity(file.PacketsSha256, file.Tags);
    }

    private static string Sha256(string line, byte[] bytes) => Convert.ToHexStringLower(SHA256.HashData([.. Encoding.ASCII.GetBytes(line), .. bytes]));

    private static byte[] Chunk(string id, ReadOnlySpan<byte> content)
    {
        byte[] chunk = new byte[8 + content.Length + (content.Length & 1)];
        Encoding.ASCII.GetBytes(id, chunk);
        BinaryPrimitives.WriteInt32LittleEndian(chunk.AsSpan(4), content.Length);
        content.CopyTo(chunk.AsSpan(8));
        return chunk;
    }

    /// <summary>Chunks put in before the format, and behind the samples and their padding.</summary>
    private static byte[] With(byte[] wav, byte[][] before, byte[][] after)
    {
        byte[] all = [.. wav[..12], .. before.SelectMany(b => b), .. wav[12..], .. wav.Length % 2 == 1 ? [0] : Array.Empty<byte>(), .. after.SelectMany(b => b)];
        BinaryPrimitives.WriteInt32LittleEndian(all.AsSpan(4), all.Length - 8);
        return all;
    }

    private static byte[] Unknown(byte[] wav)
    {
        byte[] all = [.. wav];
        all.AsSpan(4, 4).Fill(0xFF);
        all.AsSpan(wav.AsSpan().IndexOf("data"u8) + 4, 4).Fill(0xFF);
        // Without a length, a padding byte would be a sample.
        return all[..(wav.AsSpan().IndexOf("data"u8) + 8 + DataOf(wav).Length + (wav.Length - 8 - wav.AsSpan().IndexOf("data"u8) - DataOf(wav).Length) / 2 * 2)];
    }

    private static byte[] DataOf(byte[] wav)
    {
        int at = wav.AsSpan().IndexOf("data"u8);
        return wav[(at + 8)..(at + 8 + BinaryPrimitives.ReadInt32LittleEndian(wav.AsSpan(at + 4)))];
    }
}
