using Euterpe.Numerics;
using Euterpe.Search.Sql;

namespace Euterpe.Search.Tests.Catalogues;

public sealed class PostgresAddressTests
{
    [Theory]
    [InlineData("postgres://me:p%40ss%2F@db.example:6000/music", "db.example", 6000, "me", "p@ss/", "music", "euterpe", "postgres://me@db.example:6000/music")]
    [InlineData("postgresql://me@[::1]/m%20m?schema=two", "::1", 5432, "me", null, "m m", "two", "postgres://me@[::1]/m%20m?schema=two")]
    [InlineData("POSTGRES://h/d?user=u&password=p&port=1", "h", 1, "u", "p", "d", "euterpe", "postgres://u@h:1/d")]
    [InlineData("postgres:///d?host=/var/run/postgresql&user=u", "/var/run/postgresql", 5432, "u", null, "d", "euterpe", "postgres://u@%2Fvar%2Frun%2Fpostgresql/d")]
    [InlineData("postgres://u:a:b@h/d?sslmode=verify-full&connect_timeout=3", "h", 5432, "u", "a:b", "d", "euterpe", "postgres://u@h/d")]
    public void An_address_is_read_as_libpq_reads_it(string address, string host, int port, string? user, string? password, string database, string schema, string place)
    {
        Assert.True(Catalogue.IsAddress(address));
        Assert.Equal(address, Catalogue.FullPlace(address));
        PostgresAddress read = PostgresAddress.Parse(address);
        Assert.Equal((host, port, user, password, database, schema, place),
            (read.Connection.Host, read.Connection.Port, read.Connection.Username, read.Connection.Password, read.Connection.Database, read.Schema, read.Place));
        Assert.False(read.Connection.Pooling);
    }

    [Theory]
    [InlineData("postgres://u:hunter2@h/d?colour=red")]
    [InlineData("postgres://u:hunter2@h:port/d")]
    [InlineData("postgres://u:hunter2@h:70000/d")]
    [InlineData("postgres://u:hunter2@h/d?sslmode=perhaps")]
    [InlineData("postgres://u:hunter2@h/d?sslmode=3")]
    [InlineData("postgres://u:hunter2@h/d?schema=a-b")]
    [InlineData("postgres://u:hunter2@h/d?schema=x;drop")]
    [InlineData("postgres://u:hunter2@h,i/d")]
    [InlineData("postgres://u:1/hunter2@h/d")]
    [InlineData("postgres://u:x?hunter2@h/d")]
    public void What_is_no_address_is_refused_without_showing_the_password(string address)
    {
        var refused = Assert.Throws<OptionsException>(() => Catalogue.OpenExisting(address));
        Assert.DoesNotContain("hunter2", refused.ToString(), StringComparison.Ordinal);
    }

    [Fact]
    public void Other_addresses_are_refused_and_files_are_files()
    {
        var refused = Assert.Throws<OptionsException>(() => Catalogue.OpenOrCreate("mysql://u:hunter2@h/d"));
        Assert.DoesNotContain("hunter2", refused.ToString(), StringComparison.Ordinal);
        Assert.All(["/a/b.db", "c.db", "a:b", "./x://y", "/m/://", "C:\\x"], place => Assert.False(Catalogue.IsAddress(place)));
        Assert.Equal(Path.Combine(Environment.CurrentDirectory, "c.db"), Catalogue.FullPlace("c.db"));
    }
}
