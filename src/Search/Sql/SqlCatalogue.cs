using System.Data.Common;
using System.Globalization;
using System.Runtime.InteropServices;
using Euterpe.Numerics;

namespace Euterpe.Search.Sql;

/// <summary>A catalogue in a database of tables. What differs from one database to the other stands in its <see cref="SqlDialect"/>.</summary>
internal sealed partial class SqlCatalogue : ICatalogue
{
    private readonly SqlSession session;

    /// <summary>Takes the session over and opens it: it is ended with the catalogue, or here if this fails.</summary>
    public SqlCatalogue(SqlSession session)
    {
        this.session = session;
        try
        {
            session.Open();
            Id = Setting("id")!;
            Queue = new SqlQueue(session);
        }
        catch
        {
            session.Dispose();
            throw;
        }
    }

    public string Place => session.Place;

    public string Id { get; }

    // Read each time: another process may have chosen another one.
    public EmbedderChoice? Embedder
    {
        get
        {
            Dictionary<string, string> found = session.Alone(() => session.Rows(
                "select name, value from setting where name in ('model', 'key', 'dimension', 'precision', 'frames')", r => (r.GetString(0), r.GetString(1)))
                .ToDictionary(pair => pair.Item1, pair => pair.Item2));
            if (!found.TryGetValue("model", out string? model) || !found.TryGetValue("key", out string? key) || !found.TryGetValue("dimension", out string? dimension))
                return null;
            if (!int.TryParse(dimension, NumberStyles.None, CultureInfo.InvariantCulture, out int numbers))
                throw new FileFormatException($"[catalogue] {Place}: the embedder's dimension must be a whole number, and is '{dimension}'. Hint: restore a copy.");
            return new EmbedderChoice(model, key, numbers, found.GetValueOrDefault("precision") ?? "f32", found.GetValueOrDefault("frames") ?? "");
        }
    }

    public IWorkQueue Queue { get; }

    public void Choose(EmbedderChoice choice) => session.InTransaction(() =>
    {
        Keep("model", choice.Model);
        Keep("key", choice.Key);
        Keep("dimension", choice.Dimension.ToString(CultureInfo.InvariantCulture));
        Keep("precision", choice.Precision);
        Keep("frames", choice.Frames);
        return true;
    });

    public string? Setting(string name) =>
        session.Alone(() => (string?)session.Scalar("select value from setting where name = @name", ("@name", name)));

    public IReadOnlyList<KeyValuePair<string, string>> Settings() => session.Alone(() => session.Rows(
        "select name, value from setting", r => KeyValuePair.Create(r.GetString(0), r.GetString(1))))
        .Where(pair => pair.Key is not ("id" or "version")).OrderBy(pair => pair.Key, StringComparer.Ordinal).ToList();

    public void Set(string name, string? value) => session.InTransaction(() =>
    {
        if (value is null)
            session.Execute("delete from setting where name = @name", ("@name", name));
        else
            Keep(name, value);
        return true;
    });

    public void Dispose() => session.Dispose();

    private void Keep(string name, string value) => session.Execute(
        "insert into setting (name, value) values (@name, @value) on conflict (name) do update set value = excluded.value", ("@name", name), ("@value", StoredText.Exact(value)));

    private static byte[] Bytes(string sha256) => Convert.FromHexString(sha256);

    private static byte[] Bytes(float[] values) => MemoryMarshal.AsBytes(values.AsSpan()).ToArray();

    private static string Hex(DbDataReader reader, int column) => reader.IsDBNull(column) ? "" : Convert.ToHexStringLower(reader.GetFieldValue<byte[]>(column));

    private static string? Text(DbDataReader reader, int column) => reader.IsDBNull(column) ? null : reader.GetString(column);

    private static int? Number(DbDataReader reader, int column) => reader.IsDBNull(column) ? null : checked((int)reader.GetInt64(column));

    private static float[] Floats(DbDataReader reader, int column)
    {
        byte[] bytes = reader.GetFieldValue<byte[]>(column);
        var values = new float[bytes.Length / sizeof(float)];
        bytes.AsSpan(0, values.Length * sizeof(float)).CopyTo(MemoryMarshal.AsBytes(values.AsSpan()));
        return values;
    }
}
