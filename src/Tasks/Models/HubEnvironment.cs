using Euterpe.Models.Pretrained.Hub;

namespace Euterpe.Tasks;

/// <summary>Where models are fetched from and kept: Hugging Face's variables, read where a host gives them.</summary>
internal static class HubEnvironment
{
    public static HubSettings Settings(Func<string, string?>? variable, TimeProvider clock) =>
        HubSettings.FromEnvironment(variable) with { Clock = clock };

    /// <summary>The cache alone: no token is read for it.</summary>
    public static string Cache(Func<string, string?>? variable) => CachedModels.DefaultFolder(variable);
}

/// <summary>What may be done with a model, as its publisher says.</summary>
/// <param name="Id">The hub's identifier: <c>apache-2.0</c>, <c>cc-by-nc-4.0</c>, <c>other</c>.</param>
/// <param name="Name">The name of a licence that has no identifier; null where it has one.</param>
/// <param name="Link">Where its text is; null where nobody says.</param>
/// <param name="Commercial">False where commercial use is forbidden, true where it is known to be allowed, null where only the text can tell.</param>
public sealed record LicenceLine(string Id, string? Name, string? Link, bool? Commercial)
{
    internal static LicenceLine? Of(ModelLicence? licence) => licence is null ? null
        : new LicenceLine(licence.Id, licence.Name, licence.Link, licence.Commercial);

    /// <summary>In one line for people.</summary>
    public override string ToString() => new ModelLicence(Id, Name, Link).ToString();
}
