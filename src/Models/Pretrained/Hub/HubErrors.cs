using Euterpe.Numerics;
using Euterpe.Numerics.Files;

namespace Euterpe.Models.Pretrained.Hub;

/// <summary>What a refusal of the hub means for the person who asked.</summary>
internal static class HubErrors
{
    public static ModelFileException Of(WireResponse response, ModelName name, string? file, HubSettings settings)
    {
        string page = $"{settings.Endpoint.AbsoluteUri.TrimEnd('/')}/{name.Repository}";
        string? code = response.ErrorCode;
        string what = file is null ? name.ToString() : $"{name}: {FileText.Shown(file)}";
        string message = (int)response.Status switch
        {
            401 or 403 when code == "GatedRepo" || (code is null && Says(response, "gated")) =>
                $"{what} is gated: its licence has to be accepted once. Hint: sign in at {page}, accept it there, and give "
                + (settings.Token is null ? "a token of that account in HF_TOKEN."
                    : "a token of that account in HF_TOKEN; the one that is given was refused."),
            401 or 403 or 404 when code == "RepoNotFound" || (code is null && file is null && (int)response.Status != 403) =>
                $"{name.Repository} {(name.Revision is null || code is not null ? "" : $"(revision {name.Revision}) ")}is not on "
                    + $"{settings.Endpoint.Host}, "
                + "or may be seen with a token only."
                + (KnownModels.Like(name.Repository) is { } like ? $" Did you mean {like}?" : "")
                + (settings.Token is null ? " Hint: names are organisation/name; for a private model give a token in HF_TOKEN."
                    : " Hint: names are organisation/name."),
            404 when code == "RevisionNotFound" => $"{name.Repository} has no revision {name.Revision ?? ModelName.MainBranch}. Hint: "
                + $"{page}/commits/main lists them.",
            404 => $"{what} is not there.",
            401 or 403 when settings.Token is not null =>
                $"{what}: the token was refused ({(int)response.Status} {Wire.Plain(response.Message)}). Hint: is it still valid, "
                    + $"and may it read this model?",
            401 or 403 => $"{what} needs a token ({(int)response.Status} {Wire.Plain(response.Message)}). Hint: give one in HF_TOKEN.",
            _ => $"{what}: {settings.Endpoint.Host} answered {(int)response.Status} {Wire.Plain(response.Message)}.",
        };
        return new ModelFileException("[pull] " + message);
    }

    private static bool Says(WireResponse response, string word) =>
        Wire.Header(response.Message, "X-Error-Message")?.Contains(word, StringComparison.OrdinalIgnoreCase) == true;
}
