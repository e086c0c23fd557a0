using Euterpe.Numerics;
using Euterpe.Numerics.Files;

namespace Euterpe.Tensors.Files;

/// <summary>Booleans in files are bytes 0 and 1; any other byte would mean different things to different readers.</summary>
internal static unsafe class StoredFlags
{
    private const int Part = 1 << 30;

    public static void Check(string file, long[] shape, byte* data, long length)
    {
        for (long at = 0; at < length; at += Part)
        {
            int wrong = new ReadOnlySpan<byte>(data + at, (int)Math.Min(Part, length - at)).IndexOfAnyExceptInRange((byte)0, (byte)1);
            if (wrong >= 0)
            {
                throw new FileFormatException($"[checkpoint] {file}: a bool tensor of {FileText.Shape(shape)} must hold 0 and 1: "
                    + $"found {data[at + wrong]} at element {at + wrong}.");
            }
        }
    }
}
