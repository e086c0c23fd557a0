using System.Buffers.Binary;
using Euterpe.Numerics;
using Euterpe.Signals.Files;
using Euterpe.Testing;

namespace Euterpe.Signals.Tests.Files;

public class WavTests
{
    public static IEnumerable<object[]> Formats() =>
        from format in Enum.GetValues<SampleFormat>() from channels in new[] { 1, 2, 3, 6, 17 } select new object[] { format, channels };

    [Theory, MemberData(nameof(Formats))]
    public void Wav_reads_what_it_wrote(SampleFormat format, int channels)
    {
        int bits = format switch { SampleFormat.Pcm8 => 8, SampleFormat.Pcm16 => 16, _ => 24 };
        foreach (int length in new[] { 0, 1, 2, 333, 20_001 })
        {
            Waveform sound = Sounds.OnGrid(44_100, channels, length, bits);
            using var memory = new MemoryStream();
            Wav.Write(memory, sound, format);
            using WavReader reader = Wav.Open(new MemoryStream(memory.ToArray()), "test.wav");
            Assert.Equal((44_100, channels, format, (long?)length), (reader.SampleRate, reader.Channels, reader.Format, reader.FrameCount));
            Waveform back = Waveform.ReadAll(reader);
            for (int c = 0; c < channels; c++)
            {
                Close.Same(sound.Channel(c), back.Channel(c), $"{format}, channel {c} of {channels}");
            }
        }
    }

    [Fact]
    public void Wav_streams_in_any_blocks()
    {
        Waveform sound = Sounds.OnGrid(8_000, 3, 50_000, 16);
        using var memory = new MemoryStream();
        Wav.Write(memory, sound);
        for (uint seed = 0; seed < 5; seed++)
        {
            using WavReader reader = Wav.Open(new PipeStream(memory.ToArray(), seed), "pipe.wav");
            var all = new List<float>();
            float[] block = new float[3 * 9_000];
            for (int i = 0; ; i++)
            {
                int frames = reader.Read(block.AsSpan(0, 3 * (1 + Sounds.Pick(i, 9_000, seed))));
                if (frames == 0)
                {
                    break;
                }
                all.AddRange(block.AsSpan(0, frames * 3));
            }
            Close.Same<float>(sound.ToInterleaved(), all.ToArray());
        }
    }

    [Fact]
    public void Wav_writer_mends_its_header_or_leaves_the_length_open()
    {
        using var seekable = new MemoryStream();
        var pipe = new MemoryStream();
        foreach (Stream stream in new Stream[] { new KeepOpen(seekable, true), new KeepOpen(pipe, false) })
        {
            using WavWriter writer = Wav.Create(stream, 16_000, 1, SampleFormat.Pcm8);
            writer.Write([0.5f, -0.5f]);
            writer.Write([0.25f]);
        }
        using WavReader stated = Wav.Open(new MemoryStream(seekable.ToArray()), "a.wav");
        Assert.Equal(3, stated.FrameCount);
        Assert.Equal([0.5f, -0.5f, 0.25f], Waveform.ReadAll(stated).Channel(0).ToArray());
        byte[] open = pipe.ToArray();
        FileFormatException strict = Assert.Throws<FileFormatException>(() => Wav.Open(new MemoryStream(open), "b.wav"));
        Assert.Contains("UntilEndIfUnknown", strict.Message);
        using WavReader lenient = Wav.Open(new MemoryStream(open), "b.wav", WavLength.UntilEndIfUnknown);
        Assert.Null(lenient.FrameCount);
        Assert.Equal([0.5f, -0.5f, 0.25f], Waveform.ReadAll(lenient).Channel(0).ToArray());
    }

    [Fact]
    public void Wav_beyond_four_gigabytes_is_RF64()
    {
        // The header alone: what a writer announces, and what a reader makes of it on a pipe.
        const long frames = 3_000_000_000;
        var memory = new MemoryStream();
        Assert.Throws<InvalidOperationException>(() => Wav.Create(new KeepOpen(memory, false), 48_000, 2, SampleFormat.Pcm16, frames).Dispose());
        Assert.Equal("RF64"u8.ToArray(), memory.ToArray()[..4]);
        using WavReader reader = Wav.Open(new PipeStream(memory.ToArray(), 1), "big.wav");
        Assert.Equal(frames, reader.FrameCount);
    }

    [Fact]
    public void Wav_reads_full_scale_of_every_format()
    {
        Check(SampleFormat.Pcm8, [0x00, 0x80, 0xFF], [-1f, 0f, 127f / 128]);
        Check(SampleFormat.Pcm16, [0x00, 0x80, 0xFF, 0x7F], [-1f, 32767f / 32768]);
        Check(SampleFormat.Pcm24, [0x00, 0x00, 0x80, 0xFF, 0xFF, 0x7F, 0xFF, 0xFF, 0xFF], [-1f, 8388607f / 8388608, -1f / 8388608]);
        Check(SampleFormat.Pcm32, [0x00, 0x00, 0x00, 0x80, 0x00, 0x00, 0x00, 0x40], [-1f, 0.5f]);

        static void Check(SampleFormat format, byte[] bytes, float[] expected)
        {
            float[] samples = new float[expected.Length];
            SampleFormats.Decode(format, bytes, samples);
            Assert.Equal(expected, samples);
        }
    }

    [Theory]
    [InlineData(20, 0x55, "[wav] kick.wav: format 0x0055 (MP3 inside WAV) is not read; PCM 8 to 32 bit and float are.")]
    [InlineData(22, 0, "there are 0 channels")]
    [InlineData(22, 3, "the header says 4")]
    [InlineData(24, 1, "bytes a second")]
    [InlineData(32, 5, "the header says 5")]
    [InlineData(34, 40, "40 bit PCM is not read")]
    [InlineData(40, 0xFF, "is truncated, or its header lies")]
    [InlineData(40, 0x63, "whole number of frames")]
    [InlineData(4, 0x10, "the RIFF chunk states")]
    [InlineData(0, 'X', "not a WAV file")]
    [InlineData(12, 'X', "before any 'fmt ' chunk")]
    [InlineData(36, 'X', "before a 'data' chunk")]
    [InlineData(16, 0xF0, "are left in the file")]
    [InlineData(16, 0x08, "16 or more are expected")]
    public void Wav_says_what_is_wrong(int at, int value, string reason)
    {
        byte[] bytes = Small();
        bytes[at] = (byte)value;
        FileFormatException problem = Assert.Throws<FileFormatException>(() => Waveform.ReadAll(Wav.Open(new MemoryStream(bytes), "kick.wav")));
        Assert.StartsWith("[wav] kick.wav: ", problem.Message);
        Assert.Contains(reason, problem.Message);
    }

    [Fact]
    public void Wav_that_is_cut_anywhere_is_an_error()
    {
        byte[] whole = Small();
        for (int length = 0; length < whole.Length; length++)
        {
            Exception seekable = Assert.Throws<FileFormatException>(() =>
                Waveform.ReadAll(Wav.Open(new MemoryStream(whole[..length]), "cut.wav")));
            Exception piped = Assert.Throws<FileFormatException>(() =>
                Waveform.ReadAll(Wav.Open(new PipeStream(whole[..length], 1), "cut.wav")));
            Assert.StartsWith("[wav] cut.wav: ", seekable.Message);
            Assert.StartsWith("[wav] cut.wav: ", piped.Message);
        }
    }

    [Fact]
    public void Wav_survives_500_mutations()
    {
        byte[][] seeds = [.. Enum.GetValues<SampleFormat>().Select(format =>
        {
            using var memory = new MemoryStream();
            Wav.Write(memory, Sounds.OnGrid(8_000, (int)format % 3 + 1, 40, 8), format);
            return memory.ToArray();
        })];
        int read = 0, refused = 0;
        for (int i = 0; i < 500; i++)
        {
            byte[] bytes = [.. seeds[i % seeds.Length]];
            for (int k = 0; k <= i % 4; k++)
            {
                // Mostly the header, where lies are told; now and then an extreme value, or a cut.
                int at = Sounds.Pick((8 * i) + k, k == 0 ? Math.Min(bytes.Length, 90) : bytes.Length, 3);
                bytes[at] = (i % 3) switch { 0 => (byte)Sounds.Pick((8 * i) + k, 256, 4), 1 => 0xFF, _ => (byte)(bytes[at] ^ (1 << (i % 8))) };
            }
            bytes = i % 10 == 9 ? bytes[..Sounds.Pick(i, bytes.Length, 5)] : bytes;
            foreach (Stream stream in new Stream[] { new MemoryStream(bytes), new PipeStream(bytes, (uint)i) })
            {
                try
                {
                    using WavReader reader = Wav.Open(stream, "mutant.wav", (WavLength)(i % 2));
                    Waveform.ReadAll(reader);
                    read++;
                }
                catch (FileFormatException problem)
                {
                    Assert.StartsWith("[wav] mutant.wav: ", problem.Message);
                    Assert.DoesNotContain('\n', problem.Message);
                    refused++;
                }
            }
        }
        Assert.True(read > 50 && refused > 200, $"{read} read, {refused} refused");
    }

    [Fact]
    public void Wav_refuses_samples_that_are_not_finite()
    {
        foreach (float bad in new[] { float.NaN, float.PositiveInfinity, 1e30f })
        {
            using var memory = new MemoryStream();
            Wav.Write(memory, new Waveform(8_000, [0f, 1f, 2f, 0f]), SampleFormat.Float32);
            byte[] bytes = memory.ToArray();
            BinaryPrimitives.WriteSingleLittleEndian(bytes.AsSpan(bytes.Length - 4), bad);
            FileFormatException problem = Assert.Throws<FileFormatException>(() => Waveform.ReadAll(Wav.Open(new MemoryStream(bytes), "nan.wav")));
            Assert.Contains("sample 3 of channel 0", problem.Message);
        }
    }

    private static byte[] Small()
    {
        using var memory = new MemoryStream();
        Wav.Write(memory, Sounds.OnGrid(44_100, 2, 25, 16));
        return memory.ToArray();                               // 44 bytes of header, 100 of samples
    }
}

/// <summary>A stream that cannot seek and gives a few bytes at a time, as a pipe does.</summary>
internal sealed class PipeStream(byte[] bytes, uint seed) : Stream
{
    private int _position, _reads;

    public override bool CanRead => true;

    public override bool CanSeek => false;

    public override bool CanWrite => false;

    public override long Length => throw new NotSupportedException();

    public override long Position { get => throw new NotSupportedException(); set => throw new NotSupportedException(); }

    public override int Read(byte[] buffer, int offset, int count)
    {
        int given = Math.Min(bytes.Length - _position, Math.Min(count, 1 + Sounds.Pick(_reads++, 5_000, seed)));
        bytes.AsSpan(_position, given).CopyTo(buffer.AsSpan(offset));
        _position += given;
        return given;
    }

    public override void Flush()
    {
    }

    public override long Seek(long offset, SeekOrigin origin) => throw new NotSupportedException();

    public override void SetLength(long value) => throw new NotSupportedException();

    public override void Write(byte[] buffer, int offset, int count) => throw new NotSupportedException();
}

/// <summary>Writes through to another stream, which stays open, with or without seeking.</summary>
internal sealed class KeepOpen(MemoryStream inner, bool seekable) : Stream
{
    public override bool CanRead => false;

    public override bool CanSeek => seekable;

    public override bool CanWrite => true;

    public override long Length => inner.Length;

    public override long Position { get => inner.Position; set => inner.Position = seekable ? value : throw new NotSupportedException(); }

    public override int Read(byte[] buffer, int offset, int count) => throw new NotSupportedException();

    public override void Flush() => inner.Flush();

    public override long Seek(long offset, SeekOrigin origin) => seekable ? inner.Seek(offset, origin) : throw new NotSupportedException();

    public override void SetLength(long value) => throw new NotSupportedException();

    public override void Write(byte[] buffer, int offset, int count) => inner.Write(buffer, offset, count);
}
