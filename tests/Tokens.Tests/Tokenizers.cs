using System.Text;

namespace Euterpe.Tokens.Tests;

/// <summary>Small tokenizers, written here.</summary>
internal static class Tokenizers
{
    public const string Model = """{"type":"BPE","vocab":{"a":0,"b":1,"c":2,"ab":3,"abc":4,"Ġ":5,"Ġab":6},"merges":[["a","b"],["ab","c"],["Ġ","ab"]]}""";

    public static Tokenizer With(string normalizer = "null", string pre = "null", string post = "null", string decoder = "null",
        string model = Model, string added = "[]") =>
        Tokenizer.Read(Encoding.UTF8.GetBytes(Json(normalizer, pre, post, decoder, model, added)));

    public static string Json(string normalizer = "null", string pre = "null", string post = "null", string decoder = "null",
        string model = Model, string added = "[]") => $$"""
        {"version":"1.0","truncation":null,"padding":null,"added_tokens":{{added}},"normalizer":{{normalizer}},"pre_tokenizer":{{pre}},
         "post_processor":{{post}},"decoder":{{decoder}},"model":{{model}}}
        """;
}
