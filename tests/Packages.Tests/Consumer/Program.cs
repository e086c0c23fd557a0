// A program of somebody else's: it knows Euterpe from its package only.
using System.Runtime.InteropServices;
using Euterpe.Models;
using Euterpe.Models.Signature;
using Euterpe.Signals.Files;

if (args is ["vectors", string wav, string folder, string words])
{
    using var signature = new SignatureEmbedder();
    using (AudioFile sound = AudioFile.Open(wav))
    {
        Print("signature", signature.Embed(sound));
    }

    using PretrainedModel model = PretrainedModel.Open(folder);
    using (AudioFile sound = AudioFile.Open(wav))
    {
        Print("sound", model.Audio!.Embed(sound));
    }

    Print("words", model.Text!.Embed(words));
    return 0;
}

if (args is ["tour"])
{
    await Tour.Run();
    return 0;
}

return 2;

static void Print(string name, float[] vector) => Console.WriteLine($"{name} {Convert.ToHexString(MemoryMarshal.AsBytes<float>(vector))}");
