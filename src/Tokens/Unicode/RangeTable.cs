namespace Euterpe.Tokens.Unicode;

/// <summary>A value for each code point, from runs "start &lt;&lt; 8 | value": flat for the first plane, by bisection above it.</summary>
internal sealed class RangeTable
{
    private readonly byte[] _low = new byte[0x10000];
    private readonly uint[] _runs;

    public RangeTable(ReadOnlySpan<uint> runs)
    {
        _runs = runs.ToArray();
        for (int i = 0; i < runs.Length && runs[i] >> 8 < 0x10000; i++)
        {
            int end = i + 1 < runs.Length ? (int)Math.Min(runs[i + 1] >> 8, 0x10000) : 0x10000;
            _low.AsSpan((int)(runs[i] >> 8)..end).Fill((byte)runs[i]);
        }
    }

    public byte this[int rune] => (uint)rune < 0x10000u ? _low[rune] : Find(rune);

    private byte Find(int rune)
    {
        int low = 0, high = _runs.Length - 1;
        while (low < high)
        {
            int middle = (low + high + 1) / 2;
            if (_runs[middle] >> 8 <= (uint)rune)
            {
                low = middle;
            }
            else
            {
                high = middle - 1;
            }
        }
        return (byte)_runs[low];
    }
}
