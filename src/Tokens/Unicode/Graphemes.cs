namespace Euterpe.Tokens.Unicode;

/// <summary>
/// Extended grapheme clusters (UAX 29, Unicode 16) from left to right in one pass. Unlike the rest of this folder it follows Unicode 16,
/// because the crate that tokenizers 0.22 cuts with does.
/// </summary>
internal ref struct Graphemes(ReadOnlySpan<int> runes)
{
    private const int Control = 2, Extend = 3, Pictographic = 4, Consonant = 5, L = 6, LF = 7, LV = 8, LVT = 9, Prepend = 10, Regional = 11,
        SpacingMark = 12, T = 13, V = 14, Joiner = 15, CR = 1, IndicExtend = 16, IndicLinker = 32;

    private static readonly RangeTable s_table = new(GraphemeTable.Runs);

    private readonly ReadOnlySpan<int> _runes = runes;
    private bool _oddRegionals;
    private int _emoji;      // 1: a pictograph and marks; 2: a joiner after them
    private int _conjunct;   // 1: a consonant and marks; 2: a linker among them

    /// <summary>Where the cluster ends that begins at <paramref name="start"/>; to be asked for one cluster after the other.</summary>
    public int End(int start)
    {
        int before = Value(_runes[start]);
        for (int i = start + 1; ; i++)
        {
            Pass(before);
            if (i == _runes.Length)
            {
                return i;
            }
            int after = Value(_runes[i]);
            if (IsBoundary(before & 15, after & 15))
            {
                return i;
            }
            before = after;
        }
    }

    private static int Value(int rune) => rune is >= 0x20 and < 0x7F ? 0 : s_table[rune];

    private void Pass(int value)
    {
        int kind = value & 15;
        _oddRegionals = kind == Regional && !_oddRegionals;
        _emoji = kind switch
        {
            Pictographic => 1,
            Extend => _emoji == 1 ? 1 : 0,
            Joiner => _emoji == 1 ? 2 : 0,
            _ => 0,
        };
        _conjunct = (value & IndicLinker) != 0 ? (_conjunct > 0 ? 2 : 0)
            : (value & IndicExtend) != 0 ? _conjunct
            : kind == Consonant ? 1 : 0;
    }

    private readonly bool IsBoundary(int before, int after) => (before, after) switch
    {
        (0, 0) => true,
        (CR, LF) => false,
        (Control or CR or LF, _) or (_, Control or CR or LF) => true,
        (L, L or V or LV or LVT) or (LV or V, V or T) or (LVT or T, T) => false,
        (_, Extend or Joiner or SpacingMark) or (Prepend, _) => false,
        (_, Consonant) => _conjunct != 2,
        (Joiner, Pictographic) => _emoji != 2,
        (Regional, Regional) => !_oddRegionals,
        _ => true,
    };
}
