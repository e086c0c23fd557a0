using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Json.Serialization;
using System.Text.Json.Serialization.Metadata;
using Euterpe.Tasks;

namespace Euterpe.Cli;

internal sealed record ErrorReport(string Error);

/// <summary>Results as JSON: the records of the tasks with their names in camelCase. docs/cli.md documents the fields.</summary>
[JsonSerializable(typeof(ErrorReport))]
[JsonSerializable(typeof(EmbedResult))]
[JsonSerializable(typeof(FramesResult))]
[JsonSerializable(typeof(ExplainResult))]
[JsonSerializable(typeof(IndexResult))]
[JsonSerializable(typeof(IndexReport))]
[JsonSerializable(typeof(WorkResult))]
[JsonSerializable(typeof(SearchResult))]
[JsonSerializable(typeof(TagResult))]
[JsonSerializable(typeof(PathResult))]
[JsonSerializable(typeof(PullResult))]
[JsonSerializable(typeof(ListResult))]
[JsonSerializable(typeof(RemoveResult))]
[JsonSerializable(typeof(VerifyResult))]
[JsonSerializable(typeof(ShowResult))]
[JsonSerializable(typeof(ConvertResult))]
[JsonSerializable(typeof(ExportResult))]
[JsonSerializable(typeof(ImportResult))]
[JsonSerializable(typeof(PruneResult))]
[JsonSerializable(typeof(DoctorResult))]
[JsonSerializable(typeof(FingerprintResult))]
internal sealed partial class JsonReport : JsonSerializerContext
{
    // Names of files are printed as they are, not as escapes: nothing here ends in a web page.
    private static readonly Lazy<JsonReport> Plain = new(() => new JsonReport(new JsonSerializerOptions
    {
        WriteIndented = true,
        PropertyNamingPolicy = JsonNamingPolicy.CamelCase,
        Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping,
    }));

    public static void Write<T>(TextWriter output, T report)
    {
        var type = (JsonTypeInfo<T>?)Plain.Value.GetTypeInfo(typeof(T)) ?? throw new NotSupportedException($"{typeof(T).Name} is not among the reports.");
        output.WriteLine(JsonSerializer.Serialize(report, type));
    }
}
