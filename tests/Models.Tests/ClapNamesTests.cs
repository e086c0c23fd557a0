using System.Text;
using Euterpe.Models.Clap;
using Euterpe.Testing;

namespace Euterpe.Models.Tests;

/// <summary>Names and shapes of the published sizes, approved by hand against upstream's; a change must be meant.</summary>
public class ClapNamesTests
{
    [Theory]
    [InlineData("clap_htsat_tiny", "{}")]
    [InlineData("clap_htsat_tiny_fused", """{"enable_fusion": true, "fusion_type": "aff_2d"}""")]
    [InlineData("clap_htsat_base", """{"patch_embeds_hidden_size": 128, "hidden_size": 1024, "depths": [2, 2, 12, 2]}""")]
    public void Names_and_shapes_are_the_approved_ones(string name, string audio)
    {
        string json = $$"""{"model_type": "clap", "audio_config": {{audio}}}""";
        ClapConfig config = ClapConfig.Read(ConfigObject.Parse(Encoding.UTF8.GetBytes(json), "config.json"));
        string[] listed = [.. ClapModel.List(config).Select(each => each.ToString()).Order(StringComparer.Ordinal)];
        string file = Path.Combine(Fixture.Repository, "tests", "Models.Tests", "Approved", name + ".txt");
        Assert.Equal(File.ReadAllLines(file), listed);
    }
}
