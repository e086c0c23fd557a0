using System.Globalization;
using Euterpe.Tensors.Files;
using Euterpe.Testing;

namespace Euterpe.Tensors.Tests.Files;

/// <summary>One value of everything that is read, as Python 3.12's pickle.dumps wrote it in each of its protocols.</summary>
public class PickleProtocolTests
{
    [Theory]
    [MemberData(nameof(Pickles))]
    public void Values_are_the_same_in_every_protocol(int protocol, string pickle)
    {
        using var folder = new TemporaryFolder();
        File.WriteAllBytes(folder.File("values.pt"), TorchBuilder.Torch(Convert.FromBase64String(pickle)));
        using Checkpoint checkpoint = Checkpoint.Open(folder.File("values.pt"));
        Assert.Empty(checkpoint.Entries);
        Assert.True(protocol is >= 0 and <= 5);
        const string expected = "{one: 1, byte: 200, two: 60000, neg: -5, int: 2147483647, long: 1099511627776, big: -1180591620717411303424, real: 2.5r, "
            + "tiny: 1E-300r, inf: -Infinityr, yes: True, no: False, none: None, text: 'Ωμέγα 🎵\n\\'\"', ascii: 'plain', bytes: b00FF616227 5C6E, "
            + "array: b78797A, empty: [], tuples: [[1], [1, 2], [1, 2, 3], [1, 2, 3, 4]], list: [1, [2, [3]]], shared: [['again'], ['again']], "
            + "set: [7], frozen: [8], ordered: {b: 1, a: 2}, default: {k: [1]}, count: {z: 3}, space: {lr: 0.5r, name: 'x'}, fraction: '39/5', "
            + "5: 'five', 6.5: 'real key', None: 'none key'}";
        Assert.Equal(expected.Replace("27 5C6E", "275C6E", StringComparison.Ordinal), Shown(checkpoint.Tree!));
    }

    [Fact]
    public void Objects_that_point_to_their_owner_are_read_without_it()
    {
        // omegaconf's DictConfig {"a": 1}: its node knows its parent.
        byte[] node = [.. TorchBuilder.Global("omegaconf.nodes", "AnyNode"), (byte)')', 0x81, (byte)'}', .. TorchBuilder.Text("_val"), (byte)'K', 1, (byte)'s',
            .. TorchBuilder.Text("_parent"), (byte)'h', 0, (byte)'s', (byte)'b'];
        byte[] config = [.. TorchBuilder.Proto, .. TorchBuilder.Global("omegaconf.dictconfig", "DictConfig"), (byte)')', 0x81, (byte)'q', 0, (byte)'}',
            .. TorchBuilder.Text("_content"), (byte)'}', .. TorchBuilder.Text("a"), .. node, (byte)'s', (byte)'s', (byte)'b', (byte)'.'];
        using var folder = new TemporaryFolder();
        File.WriteAllBytes(folder.File("config.pt"), TorchBuilder.Torch(config));
        using Checkpoint checkpoint = Checkpoint.Open(folder.File("config.pt"));
        Assert.Equal("{_content: {a: {_val: 1}}}", Shown(checkpoint.Tree!));
    }

    public static IEnumerable<object[]> Pickles()
    {
        // Protocol 0.
        yield return
        [
            0,
            "KGRwMApWb25lCnAxCkkxCnNWYnl0ZQpwMgpJMjAwCnNWdHdvCnAzCkk2MDAwMApzVm5lZwpwNApJLTUKc1ZpbnQKcDUKSTIxNDc0ODM2NDcKc1Zsb25nCnA2" +
            "CkwxMDk5NTExNjI3Nzc2TApzVmJpZwpwNwpMLTExODA1OTE2MjA3MTc0MTEzMDM0MjRMCnNWcmVhbApwOApGMi41CnNWdGlueQpwOQpGMWUtMzAwCnNWaW5m" +
            "CnAxMApGLWluZgpzVnllcwpwMTEKSTAxCnNWbm8KcDEyCkkwMApzVm5vbmUKcDEzCk5zVnRleHQKcDE0ClZcdTAzYTlcdTAzYmNcdTAzYWRcdTAzYjNcdTAz" +
            "YjEgXFUwMDAxZjNiNVx1MDAwYVx1MDA1YyciCnAxNQpzVmFzY2lpCnAxNgpWcGxhaW4KcDE3CnNWYnl0ZXMKcDE4CmNfY29kZWNzCmVuY29kZQpwMTkKKFZc" +
            "dTAwMDD/YWInXHUwMDVjbgpwMjAKVmxhdGluMQpwMjEKdHAyMgpScDIzCnNWYXJyYXkKcDI0CmNfX2J1aWx0aW5fXwpieXRlYXJyYXkKcDI1CihnMTkKKFZ4" +
            "eXoKcDI2CmcyMQp0cDI3ClJwMjgKdHAyOQpScDMwCnNWZW1wdHkKcDMxCih0c1Z0dXBsZXMKcDMyCigoSTEKdHAzMwooSTEKSTIKdHAzNAooSTEKSTIKSTMK" +
            "dHAzNQooSTEKSTIKSTMKSTQKdHAzNgp0cDM3CnNWbGlzdApwMzgKKGxwMzkKSTEKYShscDQwCkkyCmEobHA0MQpJMwphYWFzVnNoYXJlZApwNDIKKGxwNDMK" +
            "KGxwNDQKVmFnYWluCnA0NQphYWc0NAphc1ZzZXQKcDQ2CmNfX2J1aWx0aW5fXwpzZXQKcDQ3CigobHA0OApJNwphdHA0OQpScDUwCnNWZnJvemVuCnA1MQpj" +
            "X19idWlsdGluX18KZnJvemVuc2V0CnA1MgooKGxwNTMKSTgKYXRwNTQKUnA1NQpzVm9yZGVyZWQKcDU2CmNjb2xsZWN0aW9ucwpPcmRlcmVkRGljdApwNTcK" +
            "KHRScDU4ClZiCnA1OQpJMQpzVmEKcDYwCkkyCnNzVmRlZmF1bHQKcDYxCmNjb2xsZWN0aW9ucwpkZWZhdWx0ZGljdApwNjIKKGNfX2J1aWx0aW5fXwpsaXN0" +
            "CnA2Mwp0cDY0ClJwNjUKVmsKcDY2CihscDY3CkkxCmFzc1Zjb3VudApwNjgKY2NvbGxlY3Rpb25zCkNvdW50ZXIKcDY5CigoZHA3MApWegpwNzEKSTMKc3Rw" +
            "NzIKUnA3MwpzVnNwYWNlCnA3NApjY29weV9yZWcKX3JlY29uc3RydWN0b3IKcDc1CihjYXJncGFyc2UKTmFtZXNwYWNlCnA3NgpjX19idWlsdGluX18Kb2Jq" +
            "ZWN0CnA3NwpOdHA3OApScDc5CihkcDgwClZscgpwODEKRjAuNQpzVm5hbWUKcDgyClZ4CnA4MwpzYnNWZnJhY3Rpb24KcDg0CmNmcmFjdGlvbnMKRnJhY3Rp" +
            "b24KcDg1CihJMzkKSTUKdHA4NgpScDg3CnNJNQpWZml2ZQpwODgKc0Y2LjUKVnJlYWwga2V5CnA4OQpzTlZub25lIGtleQpwOTAKcy4=",
        ];
        // Protocol 1.
        yield return
        [
            1,
            "fXEAKFgDAAAAb25lcQFLAVgEAAAAYnl0ZXECS8hYAwAAAHR3b3EDTWDqWAMAAABuZWdxBEr7////WAMAAABpbnRxBUr///9/WAQAAABsb25ncQZMMTA5OTUx" +
            "MTYyNzc3NkwKWAMAAABiaWdxB0wtMTE4MDU5MTYyMDcxNzQxMTMwMzQyNEwKWAQAAAByZWFscQhHQAQAAAAAAABYBAAAAHRpbnlxCUcBpW4fwvjzWVgDAAAA" +
            "aW5mcQpH//AAAAAAAABYAwAAAHllc3ELSTAxClgCAAAAbm9xDEkwMApYBAAAAG5vbmVxDU5YBAAAAHRleHRxDlgTAAAAzqnOvM6tzrPOsSDwn461ClwnInEP" +
            "WAUAAABhc2NpaXEQWAUAAABwbGFpbnERWAUAAABieXRlc3ESY19jb2RlY3MKZW5jb2RlCnETKFgIAAAAAMO/YWInXG5xFFgGAAAAbGF0aW4xcRV0cRZScRdY" +
            "BQAAAGFycmF5cRhjX19idWlsdGluX18KYnl0ZWFycmF5CnEZKGgTKFgDAAAAeHl6cRpoFXRxG1JxHHRxHVJxHlgFAAAAZW1wdHlxHylYBgAAAHR1cGxlc3Eg" +
            "KChLAXRxIShLAUsCdHEiKEsBSwJLA3RxIyhLAUsCSwNLBHRxJHRxJVgEAAAAbGlzdHEmXXEnKEsBXXEoKEsCXXEpSwNhZWVYBgAAAHNoYXJlZHEqXXErKF1x" +
            "LFgFAAAAYWdhaW5xLWFoLGVYAwAAAHNldHEuY19fYnVpbHRpbl9fCnNldApxLyhdcTBLB2F0cTFScTJYBgAAAGZyb3plbnEzY19fYnVpbHRpbl9fCmZyb3pl" +
            "bnNldApxNChdcTVLCGF0cTZScTdYBwAAAG9yZGVyZWRxOGNjb2xsZWN0aW9ucwpPcmRlcmVkRGljdApxOSlScTooWAEAAABicTtLAVgBAAAAYXE8SwJ1WAcA" +
            "AABkZWZhdWx0cT1jY29sbGVjdGlvbnMKZGVmYXVsdGRpY3QKcT4oY19fYnVpbHRpbl9fCmxpc3QKcT90cUBScUFYAQAAAGtxQl1xQ0sBYXNYBQAAAGNvdW50" +
            "cURjY29sbGVjdGlvbnMKQ291bnRlcgpxRSh9cUZYAQAAAHpxR0sDc3RxSFJxSVgFAAAAc3BhY2VxSmNjb3B5X3JlZwpfcmVjb25zdHJ1Y3RvcgpxSyhjYXJn" +
            "cGFyc2UKTmFtZXNwYWNlCnFMY19fYnVpbHRpbl9fCm9iamVjdApxTU50cU5ScU99cVAoWAIAAABscnFRRz/gAAAAAAAAWAQAAABuYW1lcVJYAQAAAHhxU3Vi" +
            "WAgAAABmcmFjdGlvbnFUY2ZyYWN0aW9ucwpGcmFjdGlvbgpxVShLJ0sFdHFWUnFXSwVYBAAAAGZpdmVxWEdAGgAAAAAAAFgIAAAAcmVhbCBrZXlxWU5YCAAA" +
            "AG5vbmUga2V5cVp1Lg==",
        ];
        // Protocol 2.
        yield return
        [
            2,
            "gAJ9cQAoWAMAAABvbmVxAUsBWAQAAABieXRlcQJLyFgDAAAAdHdvcQNNYOpYAwAAAG5lZ3EESvv///9YAwAAAGludHEFSv///39YBAAAAGxvbmdxBooGAAAA" +
            "AAABWAMAAABiaWdxB4oJAAAAAAAAAADAWAQAAAByZWFscQhHQAQAAAAAAABYBAAAAHRpbnlxCUcBpW4fwvjzWVgDAAAAaW5mcQpH//AAAAAAAABYAwAAAHll" +
            "c3ELiFgCAAAAbm9xDIlYBAAAAG5vbmVxDU5YBAAAAHRleHRxDlgTAAAAzqnOvM6tzrPOsSDwn461ClwnInEPWAUAAABhc2NpaXEQWAUAAABwbGFpbnERWAUA" +
            "AABieXRlc3ESY19jb2RlY3MKZW5jb2RlCnETWAgAAAAAw79hYidcbnEUWAYAAABsYXRpbjFxFYZxFlJxF1gFAAAAYXJyYXlxGGNfX2J1aWx0aW5fXwpieXRl" +
            "YXJyYXkKcRloE1gDAAAAeHl6cRpoFYZxG1JxHIVxHVJxHlgFAAAAZW1wdHlxHylYBgAAAHR1cGxlc3EgKEsBhXEhSwFLAoZxIksBSwJLA4dxIyhLAUsCSwNL" +
            "BHRxJHRxJVgEAAAAbGlzdHEmXXEnKEsBXXEoKEsCXXEpSwNhZWVYBgAAAHNoYXJlZHEqXXErKF1xLFgFAAAAYWdhaW5xLWFoLGVYAwAAAHNldHEuY19fYnVp" +
            "bHRpbl9fCnNldApxL11xMEsHYYVxMVJxMlgGAAAAZnJvemVucTNjX19idWlsdGluX18KZnJvemVuc2V0CnE0XXE1SwhhhXE2UnE3WAcAAABvcmRlcmVkcThj" +
            "Y29sbGVjdGlvbnMKT3JkZXJlZERpY3QKcTkpUnE6KFgBAAAAYnE7SwFYAQAAAGFxPEsCdVgHAAAAZGVmYXVsdHE9Y2NvbGxlY3Rpb25zCmRlZmF1bHRkaWN0" +
            "CnE+Y19fYnVpbHRpbl9fCmxpc3QKcT+FcUBScUFYAQAAAGtxQl1xQ0sBYXNYBQAAAGNvdW50cURjY29sbGVjdGlvbnMKQ291bnRlcgpxRX1xRlgBAAAAenFH" +
            "SwNzhXFIUnFJWAUAAABzcGFjZXFKY2FyZ3BhcnNlCk5hbWVzcGFjZQpxSymBcUx9cU0oWAIAAABscnFORz/gAAAAAAAAWAQAAABuYW1lcU9YAQAAAHhxUHVi" +
            "WAgAAABmcmFjdGlvbnFRY2ZyYWN0aW9ucwpGcmFjdGlvbgpxUksnSwWGcVNScVRLBVgEAAAAZml2ZXFVR0AaAAAAAAAAWAgAAAByZWFsIGtleXFWTlgIAAAA" +
            "bm9uZSBrZXlxV3Uu",
        ];
        // Protocol 3.
        yield return
        [
            3,
            "gAN9cQAoWAMAAABvbmVxAUsBWAQAAABieXRlcQJLyFgDAAAAdHdvcQNNYOpYAwAAAG5lZ3EESvv///9YAwAAAGludHEFSv///39YBAAAAGxvbmdxBooGAAAA" +
            "AAABWAMAAABiaWdxB4oJAAAAAAAAAADAWAQAAAByZWFscQhHQAQAAAAAAABYBAAAAHRpbnlxCUcBpW4fwvjzWVgDAAAAaW5mcQpH//AAAAAAAABYAwAAAHll" +
            "c3ELiFgCAAAAbm9xDIlYBAAAAG5vbmVxDU5YBAAAAHRleHRxDlgTAAAAzqnOvM6tzrPOsSDwn461ClwnInEPWAUAAABhc2NpaXEQWAUAAABwbGFpbnERWAUA" +
            "AABieXRlc3ESQwcA/2FiJ1xucRNYBQAAAGFycmF5cRRjYnVpbHRpbnMKYnl0ZWFycmF5CnEVQwN4eXpxFoVxF1JxGFgFAAAAZW1wdHlxGSlYBgAAAHR1cGxl" +
            "c3EaKEsBhXEbSwFLAoZxHEsBSwJLA4dxHShLAUsCSwNLBHRxHnRxH1gEAAAAbGlzdHEgXXEhKEsBXXEiKEsCXXEjSwNhZWVYBgAAAHNoYXJlZHEkXXElKF1x" +
            "JlgFAAAAYWdhaW5xJ2FoJmVYAwAAAHNldHEoY2J1aWx0aW5zCnNldApxKV1xKksHYYVxK1JxLFgGAAAAZnJvemVucS1jYnVpbHRpbnMKZnJvemVuc2V0CnEu" +
            "XXEvSwhhhXEwUnExWAcAAABvcmRlcmVkcTJjY29sbGVjdGlvbnMKT3JkZXJlZERpY3QKcTMpUnE0KFgBAAAAYnE1SwFYAQAAAGFxNksCdVgHAAAAZGVmYXVs" +
            "dHE3Y2NvbGxlY3Rpb25zCmRlZmF1bHRkaWN0CnE4Y2J1aWx0aW5zCmxpc3QKcTmFcTpScTtYAQAAAGtxPF1xPUsBYXNYBQAAAGNvdW50cT5jY29sbGVjdGlv" +
            "bnMKQ291bnRlcgpxP31xQFgBAAAAenFBSwNzhXFCUnFDWAUAAABzcGFjZXFEY2FyZ3BhcnNlCk5hbWVzcGFjZQpxRSmBcUZ9cUcoWAIAAABscnFIRz/gAAAA" +
            "AAAAWAQAAABuYW1lcUlYAQAAAHhxSnViWAgAAABmcmFjdGlvbnFLY2ZyYWN0aW9ucwpGcmFjdGlvbgpxTEsnSwWGcU1ScU5LBVgEAAAAZml2ZXFPR0AaAAAA" +
            "AAAAWAgAAAByZWFsIGtleXFQTlgIAAAAbm9uZSBrZXlxUXUu",
        ];
        // Protocol 4.
        yield return
        [
            4,
            "gASVqQIAAAAAAAB9lCiMA29uZZRLAYwEYnl0ZZRLyIwDdHdvlE1g6owDbmVnlEr7////jANpbnSUSv///3+MBGxvbmeUigYAAAAAAAGMA2JpZ5SKCQAAAAAA" +
            "AAAAwIwEcmVhbJRHQAQAAAAAAACMBHRpbnmURwGlbh/C+PNZjANpbmaUR//wAAAAAAAAjAN5ZXOUiIwCbm+UiYwEbm9uZZROjAR0ZXh0lIwTzqnOvM6tzrPO" +
            "sSDwn461ClwnIpSMBWFzY2lplIwFcGxhaW6UjAVieXRlc5RDBwD/YWInXG6UjAVhcnJheZSMCGJ1aWx0aW5zlIwJYnl0ZWFycmF5lJOUQwN4eXqUhZRSlIwF" +
            "ZW1wdHmUKYwGdHVwbGVzlChLAYWUSwFLAoaUSwFLAksDh5QoSwFLAksDSwR0lHSUjARsaXN0lF2UKEsBXZQoSwJdlEsDYWVljAZzaGFyZWSUXZQoXZSMBWFn" +
            "YWlulGFoKGWMA3NldJSPlChLB5CMBmZyb3plbpQoSwiRlIwHb3JkZXJlZJSMC2NvbGxlY3Rpb25zlIwLT3JkZXJlZERpY3SUk5QpUpQojAFilEsBjAFhlEsC" +
            "dYwHZGVmYXVsdJRoL4wLZGVmYXVsdGRpY3SUk5RoFYwEbGlzdJSTlIWUUpSMAWuUXZRLAWFzjAVjb3VudJRoL4wHQ291bnRlcpSTlH2UjAF6lEsDc4WUUpSM" +
            "BXNwYWNllIwIYXJncGFyc2WUjAlOYW1lc3BhY2WUk5QpgZR9lCiMAmxylEc/4AAAAAAAAIwEbmFtZZSMAXiUdWKMCGZyYWN0aW9ulIwJZnJhY3Rpb25zlIwI" +
            "RnJhY3Rpb26Uk5RLJ0sFhpRSlEsFjARmaXZllEdAGgAAAAAAAIwIcmVhbCBrZXmUTowIbm9uZSBrZXmUdS4=",
        ];
        // Protocol 5.
        yield return
        [
            5,
            "gAWVnAIAAAAAAAB9lCiMA29uZZRLAYwEYnl0ZZRLyIwDdHdvlE1g6owDbmVnlEr7////jANpbnSUSv///3+MBGxvbmeUigYAAAAAAAGMA2JpZ5SKCQAAAAAA" +
            "AAAAwIwEcmVhbJRHQAQAAAAAAACMBHRpbnmURwGlbh/C+PNZjANpbmaUR//wAAAAAAAAjAN5ZXOUiIwCbm+UiYwEbm9uZZROjAR0ZXh0lIwTzqnOvM6tzrPO" +
            "sSDwn461ClwnIpSMBWFzY2lplIwFcGxhaW6UjAVieXRlc5RDBwD/YWInXG6UjAVhcnJheZSWAwAAAAAAAAB4eXqUjAVlbXB0eZQpjAZ0dXBsZXOUKEsBhZRL" +
            "AUsChpRLAUsCSwOHlChLAUsCSwNLBHSUdJSMBGxpc3SUXZQoSwFdlChLAl2USwNhZWWMBnNoYXJlZJRdlChdlIwFYWdhaW6UYWgjZYwDc2V0lI+UKEsHkIwG" +
            "ZnJvemVulChLCJGUjAdvcmRlcmVklIwLY29sbGVjdGlvbnOUjAtPcmRlcmVkRGljdJSTlClSlCiMAWKUSwGMAWGUSwJ1jAdkZWZhdWx0lGgqjAtkZWZhdWx0" +
            "ZGljdJSTlIwIYnVpbHRpbnOUjARsaXN0lJOUhZRSlIwBa5RdlEsBYXOMBWNvdW50lGgqjAdDb3VudGVylJOUfZSMAXqUSwNzhZRSlIwFc3BhY2WUjAhhcmdw" +
            "YXJzZZSMCU5hbWVzcGFjZZSTlCmBlH2UKIwCbHKURz/gAAAAAAAAjARuYW1llIwBeJR1YowIZnJhY3Rpb26UjAlmcmFjdGlvbnOUjAhGcmFjdGlvbpSTlEsn" +
            "SwWGlFKUSwWMBGZpdmWUR0AaAAAAAAAAjAhyZWFsIGtleZROjAhub25lIGtleZR1Lg==",
        ];
    }

    private static string Shown(CheckpointValue value) => value switch
    {
        CheckpointValue.Map map => "{" + string.Join(", ", map.Select(item => $"{item.Key}: {Shown(item.Value)}")) + "}",
        CheckpointValue.List list => "[" + string.Join(", ", list.Select(Shown)) + "]",
        CheckpointValue.Text text => $"'{text.Value}'",
        CheckpointValue.Integer number => number.Value.ToString(CultureInfo.InvariantCulture),
        CheckpointValue.Real real => real.Value.ToString(CultureInfo.InvariantCulture) + "r",
        CheckpointValue.Flag flag => flag.Value ? "True" : "False",
        CheckpointValue.Nothing => "None",
        CheckpointValue.Bytes bytes => "b" + Convert.ToHexString(bytes.Value.Span),
        _ => value.ToString(),
    };
}
