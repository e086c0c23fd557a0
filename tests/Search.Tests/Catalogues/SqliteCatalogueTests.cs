using Euterpe.Numerics;
using Microsoft.Data.Sqlite;

namespace Euterpe.Search.Tests.Catalogues;

public sealed class SqliteCatalogueTests : CatalogueContract
{
    private readonly string folder = Directory.CreateTempSubdirectory("euterpe-search-").FullName;
    private readonly SetClock clock = new();

    protected override ICatalogue Open() => Catalogue.OpenOrCreate(At("c.db"), clock);

    protected override void Pass(TimeSpan time) => clock.Time += time;

    public override void Dispose() => Directory.Delete(folder, recursive: true);

    [Fact]
    public void A_newer_catalogue_another_database_and_no_database_are_refused()
    {
        Open().Dispose();
        Run("c.db", "pragma user_version = 99");
        var newer = Assert.Throws<FileFormatException>(Open);
        Assert.Contains("version 99", newer.Message, StringComparison.Ordinal);

        Run("other.db", "create table t (a)");
        Assert.Throws<FileFormatException>(() => Catalogue.OpenOrCreate(At("other.db")));
        File.WriteAllText(At("text.db"), new string('x', 5000));
        Assert.Throws<FileFormatException>(() => Catalogue.OpenOrCreate(At("text.db")));
        Assert.Throws<FileNotFoundException>(() => Catalogue.OpenExisting(At("none.db")));
        Assert.Throws<FileFormatException>(() => Catalogue.OpenOrCreate(folder));
    }

    [Fact]
    public void A_clock_that_is_set_back_holds_no_file_for_ever()
    {
        using ICatalogue c = Open();
        c.Queue.Add([Item("/m/a")]);
        c.Queue.Take("dead", 1, TimeSpan.FromMinutes(1));
        clock.Time -= TimeSpan.FromDays(400);
        Assert.Empty(c.Queue.Workers());
        Assert.Equal(new QueueCount(1, 0), c.Queue.Count());
        Assert.Equal(["/m/a"], Paths(c.Queue.Take("w", 1, TimeSpan.FromMinutes(1))));
        Assert.Equal(0, c.Write([new Change.Holds(Of("/m/a", 1))], "w"));
    }

    [Theory]
    [InlineData("""
        select v.id, c.sha256, v.data, s.dimension from vector v join content c on c.id = v.content join space s on s.id = v.space
        where s.key = 'k' and v.id > 5 order by v.id limit 10
        """)]
    [InlineData("""
        select c.sha256, p.program, v.data from content c cross join vector v cross join provenance p
        where c.sha256 > x'05' and v.content = c.id and v.space = (select id from space where key = 'k') and p.id = v.provenance
        and exists (select 1 from track t where t.content = c.id and t.absent = 0) order by c.sha256 limit 10
        """)]
    public void A_page_of_vectors_costs_a_page(string sql)
    {
        Open().Dispose();
        using var connection = new SqliteConnection($"Data Source={At("c.db")};Pooling=False");
        connection.Open();
        using SqliteCommand command = connection.CreateCommand();
        command.CommandText = "explain query plan " + sql;
        using SqliteDataReader reader = command.ExecuteReader();
        var plan = new List<string>();
        while (reader.Read())
            plan.Add(reader.GetString(3));
        Assert.DoesNotContain(plan, line => line.Contains("TEMP B-TREE", StringComparison.Ordinal) || line.StartsWith("SCAN", StringComparison.Ordinal));
    }

    [Fact]
    public async Task Several_that_make_one_catalogue_at_once_get_the_same()
    {
        for (int round = 0; round < 5; round++)
        {
            string path = At($"new{round}.db");
            Task<string>[] opened = [.. Enumerable.Range(0, 4).Select(_ => Task.Factory.StartNew(() =>
            {
                using ICatalogue c = Catalogue.OpenOrCreate(path);
                return c.Id;
            }, TaskCreationOptions.LongRunning))];
            Assert.Single((await Task.WhenAll(opened)).Distinct());
        }
    }

    private string At(string name) => Path.Combine(folder, name);

    private void Run(string name, string sql)
    {
        using var connection = new SqliteConnection($"Data Source={At(name)};Pooling=False");
        connection.Open();
        using SqliteCommand command = connection.CreateCommand();
        command.CommandText = sql;
        command.ExecuteNonQuery();
    }

    private sealed class SetClock : TimeProvider
    {
        public DateTimeOffset Time { get; set; } = new(2026, 1, 2, 3, 4, 5, TimeSpan.Zero);

        public override DateTimeOffset GetUtcNow() => Time;
    }
}
