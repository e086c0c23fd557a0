using System.Buffers.Binary;

namespace Euterpe.Signals.Files;

/// <summary>How one sample lies in a WAV file. 8 bit is unsigned, all is little-endian.</summary>
public enum SampleFormat
{
    /// <summary>Unsigned, 128 is silence.</summary>
    Pcm8,

    /// <summary>Signed 16 bit.</summary>
    Pcm16,

    /// <summary>Signed 24 bit, three bytes.</summary>
    Pcm24,

    /// <summary>Signed 32 bit, rounded once to a float.</summary>
    Pcm32,

    /// <summary>32-bit float, nominally -1 to 1.</summary>
    Float32,

    /// <summary>64-bit float, rounded to 32 bit when read.</summary>
    Float64,
}

internal static class SampleFormats
{
    public static int Bytes(this SampleFormat format) => format switch
    {
        SampleFormat.Pcm8 => 1,
        SampleFormat.Pcm16 => 2,
        SampleFormat.Pcm24 => 3,
        SampleFormat.Pcm32 or SampleFormat.Float32 => 4,
        _ => 8,
    };

    public static bool IsFloat(this SampleFormat format) => format is SampleFormat.Float32 or SampleFormat.Float64;

    /// <summary>Integers become value / 2^(bits - 1): exact up to 24 bit, rounded once for 32.</summary>
    public static void Decode(SampleFormat format, ReadOnlySpan<byte> bytes, Span<float> samples)
    {
        switch (format)
        {
            case SampleFormat.Pcm8:
                for (int i = 0; i < samples.Length; i++)
                {
                    samples[i] = (bytes[i] - 128) * (1f / 128);
                }
                break;
            case SampleFormat.Pcm16:
                for (int i = 0; i < samples.Length; i++)
                {
                    samples[i] = BinaryPrimitives.ReadInt16LittleEndian(bytes[(2 * i)..]) * (1f / 32768);
                }
                break;
            case SampleFormat.Pcm24:
                for (int i = 0; i < samples.Length; i++)
                {
                    samples[i] = (bytes[3 * i] | (bytes[(3 * i) + 1] << 8) | ((sbyte)bytes[(3 * i) + 2] << 16)) * (1f / 8388608);
                }
                break;
            case SampleFormat.Pcm32:
                for (int i = 0; i < samples.Length; i++)
                {
                    samples[i] = BinaryPrimitives.ReadInt32LittleEndian(bytes[(4 * i)..]) * (1f / 2147483648f);
                }
                break;
            case SampleFormat.Float32:
                for (int i = 0; i < samples.Length; i++)
                {
                    samples[i] = BinaryPrimitives.ReadSingleLittleEndian(bytes[(4 * i)..]);
                }
                break;
            default:
                for (int i = 0; i < samples.Length; i++)
                {
                    samples[i] = (float)BinaryPrimitives.ReadDoubleLittleEndian(bytes[(8 * i)..]);
                }
                break;
        }
    }

    /// <summary>Integers are round(value * 2^(bits - 1)), ties to even, cut to their range.</summary>
    public static void Encode(SampleFormat format, ReadOnlySpan<float> samples, Span<byte> bytes)
    {
        switch (format)
        {
            case SampleFormat.Pcm8:
                for (int i = 0; i < samples.Length; i++)
                {
                    bytes[i] = (byte)(Whole(samples[i], 128) + 128);
                }
                break;
            case SampleFormat.Pcm16:
                for (int i = 0; i < samples.Length; i++)
                {
                    BinaryPrimitives.WriteInt16LittleEndian(bytes[(2 * i)..], (short)Whole(samples[i], 32768));
                }
                break;
            case SampleFormat.Pcm24:
                for (int i = 0; i < samples.Length; i++)
                {
                    int value = (int)Whole(samples[i], 8388608);
                    (bytes[3 * i], bytes[(3 * i) + 1], bytes[(3 * i) + 2]) = ((byte)value, (byte)(value >> 8), (byte)(value >> 16));
                }
                break;
            case SampleFormat.Pcm32:
                for (int i = 0; i < samples.Length; i++)
                {
                    BinaryPrimitives.WriteInt32LittleEndian(bytes[(4 * i)..], (int)Whole(samples[i], 2147483648));
                }
                break;
            case SampleFormat.Float32:
                for (int i = 0; i < samples.Length; i++)
                {
                    BinaryPrimitives.WriteSingleLittleEndian(bytes[(4 * i)..], samples[i]);
                }
                break;
            default:
                for (int i = 0; i < samples.Length; i++)
                {
                    BinaryPrimitives.WriteDoubleLittleEndian(bytes[(8 * i)..], samples[i]);
                }
                break;
        }
    }

    private static long Whole(float value, double scale) =>
        (long)Math.Clamp(Math.Round(value * scale, MidpointRounding.ToEven), -scale, scale - 1);
}
