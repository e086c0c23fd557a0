using Euterpe.Models.Saving;
using Euterpe.Numerics;

namespace Euterpe.Models.Tests.Saving;

public class YamlTests
{
    [Fact]
    public void What_omegaconf_writes_is_read()
    {
        var yaml = Yaml.Parse("""
            # a comment
            solver: musicgen
            sample_rate: 32000
            empty: {}
            none: null
            bare:
            list:
            - 8
            - 5.5
            nested:
              deep:
                flag: true
                text: 'it''s: quoted'
                quoted: "a \"b\" #c"
              items:
                - name: one
                  value: 1e-3
                - name: two
              rows:
              - - 1
                - 2
              - - 3
              nothing: []
            url: //reference/encodec
            long: a value that goes on
              in the next line
            """, "test");
        Assert.Equal("musicgen", yaml["solver"]!.Text);
        Assert.Equal(32000, yaml["sample_rate"]!.Number);
        Assert.Empty(yaml["empty"]!.Map!);
        Assert.True(yaml["none"]!.IsNull && yaml["bare"]!.IsNull);
        Assert.Null(yaml["none"]!.Text);
        Assert.Equal([8, 5.5], yaml["list"]!.List!.Select(each => each.Number!.Value));
        Assert.True(yaml["nested"]!["deep"]!["flag"]!.Flag);
        Assert.Equal(("it's: quoted", "a \"b\" #c"), (yaml["nested"]!["deep"]!["text"]!.Text, yaml["nested"]!["deep"]!["quoted"]!.Text));
        Assert.Equal(["one", "two"], yaml["nested"]!["items"]!.List!.Select(each => each["name"]!.Text));
        Assert.Equal(0.001, yaml["nested"]!["items"]!.List![0]["value"]!.Number);
        Assert.Empty(yaml["nested"]!["nothing"]!.List!);
        Assert.Equal([[1.0, 2.0], [3.0]], yaml["nested"]!["rows"]!.List!.Select(row => row.List!.Select(each => each.Number!.Value).ToArray()));
        Assert.Equal("//reference/encodec", yaml["url"]!.Text);
        Assert.Equal("a value that goes on in the next line", yaml["long"]!.Text);
        Assert.Null(yaml["missing"]);
        Assert.Empty(Yaml.Parse("", "test").Map!);
    }

    [Theory]
    [InlineData("a: !!python/object:os.system x")]
    [InlineData("a: &anchor 1")]
    [InlineData("a: *anchor")]
    [InlineData("a: {b: 1}")]
    [InlineData("a: |\n  text")]
    [InlineData("a: 1\na: 2")]
    [InlineData("a: 1\n  b: 2\n c: 3")]
    [InlineData("just words")]
    [InlineData("- 1\nkey: 2")]
    public void What_it_does_not_write_is_refused(string text) =>
        Assert.StartsWith("[yaml] test: line ", Assert.Throws<FileFormatException>(() => Yaml.Parse(text, "test")).Message, StringComparison.Ordinal);

    [Fact]
    public void Depth_is_bounded()
    {
        string deep = string.Join('\n', Enumerable.Range(0, 500).Select(i => new string(' ', i) + "a:"));
        Assert.Contains("deep", Assert.Throws<FileFormatException>(() => Yaml.Parse(deep, "test")).Message, StringComparison.Ordinal);
        string items = string.Concat(Enumerable.Repeat("- ", 100_000)) + "1";
        Assert.Contains("deep", Assert.Throws<FileFormatException>(() => Yaml.Parse(items, "test")).Message, StringComparison.Ordinal);
    }
}
