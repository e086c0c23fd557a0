using System.Diagnostics.CodeAnalysis;

namespace Euterpe.Tokens.Models;

/// <summary>Token strings and their ids, both ways; ids need not be dense.</summary>
internal sealed class Vocabulary
{
    private readonly Dictionary<string, int> _ids;
    private readonly Dictionary<int, string> _tokens;
    private readonly Dictionary<string, int>.AlternateLookup<ReadOnlySpan<char>> _lookup;

    public Vocabulary(IEnumerable<KeyValuePair<string, int>> tokens, string where)
    {
        _ids = new Dictionary<string, int>(StringComparer.Ordinal);
        _tokens = [];
        foreach ((string token, int id) in tokens)
        {
            if (!_ids.TryAdd(token, id) || !_tokens.TryAdd(id, token))
            {
                throw new InvalidDataException($"{where}: the token \"{token}\" (id {id}) has a string or an id that another one has.");
            }
        }
        _lookup = _ids.GetAlternateLookup<ReadOnlySpan<char>>();
    }

    /// <summary>A list whose places are the ids; of equal tokens the last one is found, as in a map that is filled in order.</summary>
    public Vocabulary(IReadOnlyList<string> tokens)
    {
        _ids = new Dictionary<string, int>(tokens.Count, StringComparer.Ordinal);
        _tokens = new Dictionary<int, string>(tokens.Count);
        for (int id = 0; id < tokens.Count; id++)
        {
            _ids[tokens[id]] = id;
            _tokens.Add(id, tokens[id]);
        }
        _lookup = _ids.GetAlternateLookup<ReadOnlySpan<char>>();
    }

    public int Count => _ids.Count;

    public IReadOnlyDictionary<string, int> Tokens => _ids;

    public int LargestId => _tokens.Count == 0 ? -1 : _tokens.Keys.Max();

    public bool TryId(ReadOnlySpan<char> token, out int id) => _lookup.TryGetValue(token, out id);

    public int? Id(string token) => _ids.TryGetValue(token, out int id) ? id : null;

    public bool TryToken(int id, [NotNullWhen(true)] out string? token) => _tokens.TryGetValue(id, out token);
}
