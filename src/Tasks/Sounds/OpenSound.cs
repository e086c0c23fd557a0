using Euterpe.Search;
using Euterpe.Signals;
using Euterpe.Signals.Files;

namespace Euterpe.Tasks.Sounds;

/// <summary>A file that is being decoded ahead of its reader, hashed on the way.</summary>
internal sealed class OpenSound : IDisposable
{
    private readonly AudioFile _file;
    private readonly HashedSource _hashed;
    private readonly ReadAhead _ahead;

    public OpenSound(string path, SoundWish wish, AudioFileOptions audio, CancellationToken token)
    {
        Wish = wish;
        _file = AudioFile.Open(path, audio with { Identify = wish.Identify }, token);
        _hashed = new HashedSource(_file);
        _ahead = new ReadAhead(_hashed, token);
    }

    public SoundWish Wish { get; }

    public IFrameSource Source => _ahead;

    public string Decoder => _file.Decoder;

    /// <summary>What was decoded; asked for after the end was read.</summary>
    public SoundFacts Facts => new((double)_hashed.Frames / _hashed.SampleRate, _hashed.SampleRate, _hashed.Channels, _hashed.Frames, _hashed.DecodedSha256);

    /// <summary>Which sound it is; asked for after the end was read, where the wish was to identify it.</summary>
    public AudioIdentity Identity => new(_file.PacketsSha256, _file.Tags);

    public void Dispose() => _ahead.Dispose();
}
