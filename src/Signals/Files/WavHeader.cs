using System.Buffers.Binary;
using System.Text;
using Euterpe.Numerics;

namespace Euterpe.Signals.Files;

internal readonly record struct WavHeader(int SampleRate, int Channels, SampleFormat Format, int ValidBits, uint ChannelMask, long? Frames);

/// <summary>Walks the chunks of a RIFF or RF64 file up to its samples, on any stream, and believes nothing.</summary>
internal sealed class WavHeaderParser(Stream stream, string name, WavLength length, RiffTags? tags = null)
{
    private const uint Unknown = 0xFFFFFFFF;

    // The 14 bytes that follow the format tag in the GUID of an extensible header.
    internal static ReadOnlySpan<byte> SubFormatTail => [0x00, 0x00, 0x00, 0x00, 0x10, 0x00, 0x80, 0x00, 0x00, 0xAA, 0x00, 0x38, 0x9B, 0x71];

    private readonly byte[] _bytes = new byte[40];
    private readonly long? _total = stream.CanSeek ? stream.Length - stream.Position : null;
    private long _position;
    private ulong? _wideRiff, _wideData;
    private WavHeader? _format;

    public WavHeader Parse()
    {
        string id = Head(out uint riff);
        if (Text(8, 4) != "WAVE" || id is not ("RIFF" or "RF64"))
        {
            throw Error(id == "RIFX" ? "RIFX (big-endian WAV) is not read; RIFF and RF64 are."
                : $"not a WAV file: it begins with {Shown(id)} and {Shown(Text(8, 4))}, RIFF (or RF64) and WAVE are expected.");
        }
        bool wide = id == "RF64";
        while (true)
        {
            if (!Fill(8))
            {
                throw Error(_format is null ? "the file ends before a 'fmt ' chunk." : "the file ends before a 'data' chunk.");
            }
            string chunk = Text(0, 4);
            uint size = BinaryPrimitives.ReadUInt32LittleEndian(_bytes.AsSpan(4));
            if (chunk == "data")
            {
                return _format is WavHeader format ? Data(format, wide, riff, size) : throw Error("the 'data' chunk comes before any 'fmt ' chunk.");
            }
            CheckFits(chunk, size);
            long end = _position + size + (size & 1);
            if (chunk == "fmt ")
            {
                ReadFormat(size);
            }
            else if (chunk == "ds64" && wide)
            {
                ReadWideSizes(size);
            }
            else if (tags is not null && stream.CanSeek && RiffTags.IsTag(chunk))
            {
                _position += tags.Read(stream, chunk, size);
            }
            Skip(end - _position, chunk);
        }
    }

    private string Head(out uint riff)
    {
        if (!Fill(12))
        {
            throw Error(_position == 0 ? "the file is empty." : $"the file ends after {_position} bytes, inside its header.");
        }
        riff = BinaryPrimitives.ReadUInt32LittleEndian(_bytes.AsSpan(4));
        return Text(0, 4);
    }

    private void ReadFormat(uint size)
    {
        if (_format is not null)
        {
            throw Error("there are two 'fmt ' chunks.");
        }
        if (size < 16 || !Fill((int)Math.Min(size, 40)))
        {
            throw Error($"the 'fmt ' chunk has {size} bytes; 16 or more are expected.");
        }
        int tag = U16(0), channels = U16(2), block = U16(12), bits = U16(14), valid = bits;
        uint rate = U32(4), byteRate = U32(8), mask = 0;
        if (tag == 0xFFFE)
        {
            if (size < 40 || U16(16) < 22)
            {
                throw Error($"an extensible format needs 40 bytes, its 'fmt ' chunk has {size}.");
            }
            (valid, mask) = (U16(18), U32(20));
            if (!_bytes.AsSpan(26, 14).SequenceEqual(SubFormatTail))
            {
                throw Error($"the extensible sub-format {new Guid(_bytes.AsSpan(24, 16))} is not known; PCM and float are read.");
            }
            tag = U16(24);
        }
        if (tag is not (1 or 3))
        {
            throw Error($"format 0x{tag:X4} ({NameOf(tag)}) is not read; PCM 8 to 32 bit and float are.");
        }
        _format = Checked(tag == 3, channels, rate, byteRate, block, bits, valid, mask);
    }

    private WavHeader Checked(bool isFloat, int channels, uint rate, uint byteRate, int block, int bits, int valid, uint mask)
    {
        var problems = new List<string>();
        int container = (bits + 7) / 8;
        SampleFormat? format = (isFloat, container) switch
        {
            (false, 1) => SampleFormat.Pcm8,
            (false, 2) => SampleFormat.Pcm16,
            (false, 3) => SampleFormat.Pcm24,
            (false, 4) => SampleFormat.Pcm32,
            (true, 4) when bits == 32 => SampleFormat.Float32,
            (true, 8) when bits == 64 => SampleFormat.Float64,
            _ => null,
        };
        if (format is null)
        {
            problems.Add($"{bits} bit {(isFloat ? "float is not read; 32 and 64 are" : "PCM is not read; 8 to 32 are")}");
        }
        if (channels == 0)
        {
            problems.Add("there are 0 channels");
        }
        if (rate is 0 or > int.MaxValue)
        {
            problems.Add($"the sample rate is {rate} Hz");
        }
        if (block != channels * container)
        {
            problems.Add($"a frame of {channels} channels of {bits} bit has {channels * container} bytes, the header says {block}");
        }
        else if (byteRate != (ulong)rate * (uint)block)
        {
            problems.Add($"{rate} Hz and {block} bytes a frame make {(ulong)rate * (uint)block} bytes a second, the header says {byteRate}");
        }
        if (valid > bits || (valid == 0 && bits != 0))
        {
            problems.Add($"{valid} valid bits in a container of {bits}");
        }
        return problems.Count == 0
            ? new WavHeader((int)rate, channels, format!.Value, valid, mask, null)
            : throw Error($"{string.Join("; ", problems)}.");
    }

    private void ReadWideSizes(uint size)
    {
        if (_wideData is not null || size < 28 || !Fill(28))
        {
            throw Error(_wideData is not null ? "there are two 'ds64' chunks." : $"the 'ds64' chunk has {size} bytes; 28 or more are expected.");
        }
        _wideRiff = BinaryPrimitives.ReadUInt64LittleEndian(_bytes);
        _wideData = BinaryPrimitives.ReadUInt64LittleEndian(_bytes.AsSpan(8));
    }

    private WavHeader Data(WavHeader format, bool wide, uint riff, uint size)
    {
        if (wide && _wideData is null)
        {
            throw Error("RF64 without a 'ds64' chunk before the samples.");
        }
        ulong bytes = wide && size == Unknown ? _wideData!.Value : size;
        bool unknown = wide ? bytes == ulong.MaxValue : size == Unknown || (size == 0 && riff is 0 or Unknown);
        if (unknown && length == WavLength.UntilEndIfUnknown)
        {
            return format;
        }
        if (unknown && (size != 0 || _total is null || _total > _position))
        {
            throw Error("the header does not state the length (it was written to a pipe). Hint: read it with WavLength.UntilEndIfUnknown.");
        }
        int frame = format.Channels * format.Format.Bytes();
        if (_total is long total && bytes > (ulong)(total - _position))
        {
            throw Error($"the header states {bytes:N0} bytes of samples, {total - _position:N0} are there. "
                + "Hint: the file is truncated, or its header lies.");
        }
        if (bytes % (ulong)frame != 0 || bytes > long.MaxValue)
        {
            throw Error($"{bytes:N0} bytes of samples are no whole number of frames of {frame} bytes.");
        }
        ulong stated = wide && riff == Unknown ? _wideRiff!.Value : riff;
        if (stated < (ulong)_position - 8 + bytes && !(unknown && size == 0))
        {
            throw Error($"the RIFF chunk states {stated:N0} bytes, its samples alone reach {(ulong)_position - 8 + bytes:N0}.");
        }
        return format with { Frames = (long)(bytes / (ulong)frame) };
    }

    private void CheckFits(string chunk, uint size)
    {
        if (_total is long total && size > total - _position)
        {
            throw Error($"the chunk {Shown(chunk)} states {size:N0} bytes, {total - _position:N0} are left in the file.");
        }
    }

    private void Skip(long bytes, string chunk)
    {
        if (_total is long total)
        {
            bytes = Math.Min(bytes, total - _position);       // a missing pad byte at the very end
            stream.Seek(bytes, SeekOrigin.Current);
            _position += bytes;
            return;
        }
        byte[] waste = new byte[(int)Math.Min(bytes, 16_384)];
        while (bytes > 0)
        {
            int read = stream.Read(waste, 0, (int)Math.Min(bytes, waste.Length));
            if (read == 0)
            {
                throw Error($"the stream ends inside the chunk {Shown(chunk)}.");
            }
            (bytes, _position) = (bytes - read, _position + read);
        }
    }

    private bool Fill(int count)
    {
        int read = stream.ReadAtLeast(_bytes.AsSpan(0, count), count, throwOnEndOfStream: false);
        _position += read;
        return read == count;
    }

    private int U16(int at) => BinaryPrimitives.ReadUInt16LittleEndian(_bytes.AsSpan(at));

    private uint U32(int at) => BinaryPrimitives.ReadUInt32LittleEndian(_bytes.AsSpan(at));

    private string Text(int at, int count) => Encoding.Latin1.GetString(_bytes, at, count);

    private static string Shown(string id) =>
        id.All(c => c is >= ' ' and <= '~') ? $"'{id}'" : "0x" + Convert.ToHexString(Encoding.Latin1.GetBytes(id));

    private static string NameOf(int tag) => tag switch
    {
        0x0002 => "Microsoft ADPCM",
        0x0006 => "A-law",
        0x0007 => "mu-law",
        0x0011 => "IMA ADPCM",
        0x0031 => "GSM 6.10",
        0x0050 => "MPEG inside WAV",
        0x0055 => "MP3 inside WAV",
        0x00FF or 0x1610 => "AAC inside WAV",
        0x0161 or 0x0162 => "Windows Media inside WAV",
        0x2000 => "AC-3 inside WAV",
        0xFFFE => "extensible inside extensible",
        _ => "unknown",
    };

    private FileFormatException Error(string problem) => new($"[wav] {name}: {problem}");
}
