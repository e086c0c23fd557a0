using System.Data.Common;
using System.Globalization;
using System.Runtime.InteropServices;

namespace Euterpe.Search.Sql;

/// <summary>A catalogue in a database of tables. What differs from one database to the other stands in its <see cref="SqlDialect"/>.</summary>
internal sealed partial class SqlCatalogue : ICatalogue
{
    private readonly SqlSession session;
    private EmbedderChoice? embedder;

    /// <summary>Takes the session over and opens it: it is ended with the catalogue, or here if this fails.</summary>
    public SqlCatalogue(SqlSession session)
    {
        this.session = session;
        try
        {
            session.Alone(() =>
            {
                session.Connection.Open();
                session.Dialect.Prepare(session);
                return true;
            });
            Id = Setting("id")!;
            Queue = new SqlQueue(session);
            if (Setting("model") is { } model && Setting("key") is { } key && Setting("dimension") is { } dimension)
            {
                embedder = new EmbedderChoice(
                    model, key, int.Parse(dimension, CultureInfo.InvariantCulture), Setting("precision") ?? "f32", Setting("frames") ?? "");
            }
        }
        catch
        {
            session.Dispose();
            throw;
        }
    }

    public string Place => session.Place;

    public string Id { get; }

    public EmbedderChoice? Embedder => embedder;

    public IWorkQueue Queue { get; }

    public void Choose(EmbedderChoice choice)
    {
        session.InTransaction(() =>
        {
            Keep("model", choice.Model);
            Keep("key", choice.Key);
            Keep("dimension", choice.Dimension.ToString(CultureInfo.InvariantCulture));
            Keep("precision", choice.Precision);
            Keep("frames", choice.Frames);
            return true;
        });
        embedder = choice;
    }

    public string? Setting(string name) =>
        session.Alone(() => (string?)session.Scalar("select value from setting where name = @name", ("@name", name)));

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
        "insert into setting (name, value) values (@name, @value) on conflict (name) do update set value = excluded.value", ("@name", name), ("@value", value));

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
