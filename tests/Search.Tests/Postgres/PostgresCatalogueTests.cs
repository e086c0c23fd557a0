namespace Euterpe.Search.Tests.Catalogues;

/// <summary>The contract of a catalogue, kept by PostgreSQL.</summary>
public sealed class PostgresCatalogueTests : CatalogueContract
{
    private readonly PostgresPlace place = new();

    protected override ICatalogue Open() => Catalogue.OpenOrCreate(place.Address);

    // The server's clock counts, and nobody can turn it.
    protected override void Pass(TimeSpan time) => Thread.Sleep(time);

    public override void Dispose() => place.Dispose();
}
