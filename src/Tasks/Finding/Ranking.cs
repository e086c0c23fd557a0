using Euterpe.Search;
using Euterpe.Search.Vectors;

namespace Euterpe.Tasks.Finding;

/// <summary>What a search in one space found.</summary>
internal sealed record Ranked(IReadOnlyList<Group> Groups, IReadOnlyList<FoundVersion> QueryVersions);

/// <summary>One query in one space: rows by score, more and more of them until there are enough recordings, and versions of one recording put together.</summary>
internal sealed class Ranking(SpaceView space, bool segments, float[] query, IReadOnlyList<OwnTrack> own, IReadOnlyCollection<string> ownPaths, bool allVersions, Admission admission)
{
    private const int MostPlaces = 3;

    private readonly float leastCosine = allVersions ? 2 : space.LeastCosineOfVersions;

    /// <summary>The best recordings, at most <paramref name="count"/>.</summary>
    public Ranked Best(int count)
    {
        Rows rows = space.Rows(segments);
        for (long ask = Math.Max(64, (2L * count) + 32); ; ask *= 4)
        {
            int most = (int)Math.Min(ask, int.MaxValue / 2);
            IReadOnlyList<Hit> hits = rows.Nearest([query], most, space.Token)[0];
            Ranked ranked = Grouped(hits);
            bool all = (hits.Count < most && rows.IsComplete(most)) || most == int.MaxValue / 2;
            // A row of the same score as the last result may come before it by its path.
            if (all || (ranked.Groups.Count >= count && hits[^1].Score < ranked.Groups[count - 1].Score))
                return ranked with { Groups = [.. ranked.Groups.Take(count)] };
        }
    }

    /// <summary>Where in the tracks: the best segments that do not overlap, as good as the last result at least.</summary>
    public void FindPlaces(IReadOnlyList<Group> groups)
    {
        if (!segments || groups.Count == 0)
            return;
        float least = groups.Min(g => g.Score);
        foreach (Group group in groups)
        {
            (StoredSegments? found, float[] scores) = space.Score(group.Track, query);
            if (found is null)
                continue;
            var places = new List<FoundPlace>();
            foreach (int i in Enumerable.Range(0, scores.Length).OrderByDescending(i => scores[i]).ThenBy(i => i))
            {
                if (places.Count == MostPlaces || (places.Count > 0 && scores[i] < least))
                    break;
                FoundPlace place = PlaceOf(found.Spans[i], group.Track, scores[i]);
                if (!IsOwn(group.Track, place) && !places.Exists(p => p.Start < place.End && place.Start < p.End))
                    places.Add(place);
            }

            group.Places = places;
        }
    }

    private Ranked Grouped(IReadOnlyList<Hit> hits)
    {
        IReadOnlyList<IReadOnlyList<Track>> tracks = admission.Of([.. hits.Select(hit => hit.Id)]);
        var entries = new List<Group>(hits.Count);
        for (int i = 0; i < hits.Count; i++)
        {
            foreach (Track track in tracks[i])
            {
                if (!IsOwnPath(track) && !(segments && IsOwnPlace(track, hits[i].Id)))
                    entries.Add(new Group(track, hits[i].Id, hits[i].Score));
            }
        }

        entries.Sort(Group.Compare);
        var groups = new List<Group>();
        var versionsOfQuery = new SortedDictionary<string, FoundVersion>(StringComparer.Ordinal);
        var byPath = new Dictionary<string, Group?>();
        var bySound = new Dictionary<string, Group>();
        var byDecoded = new Dictionary<string, Group>();
        foreach (Group entry in entries)
        {
            Track track = entry.Track;
            if (byPath.ContainsKey(track.Path))
                continue; // another segment of it was better
            if (allVersions)
            {
                byPath.Add(track.Path, entry);
                groups.Add(entry);
                continue;
            }

            if (KindOfOwn(track) is { } kind)
            {
                byPath.Add(track.Path, null);
                versionsOfQuery.TryAdd(track.Path, new FoundVersion(track.Path, kind));
                continue;
            }

            Group group = SameRecording(track, groups, bySound, byDecoded) ?? entry;
            byPath.Add(track.Path, group);
            if (group == entry)
                groups.Add(entry);
            bySound.TryAdd(track.Sound, group);
            if (track.Facts.DecodedSha256.Length > 0)
                byDecoded.TryAdd(track.Facts.DecodedSha256, group);
        }

        return new Ranked(groups, [.. versionsOfQuery.Values]);
    }

    private Group? SameRecording(Track track, List<Group> groups, Dictionary<string, Group> bySound, Dictionary<string, Group> byDecoded)
    {
        if (bySound.TryGetValue(track.Sound, out Group? group))
        {
            group.Add(track, Versions.Copy);
            return group;
        }

        if (track.Facts.DecodedSha256.Length > 0 && byDecoded.TryGetValue(track.Facts.DecodedSha256, out group))
        {
            group.Add(track, Versions.Decoded);
            return group;
        }

        foreach (Group other in groups)
        {
            if (space.KindOfVersion(track, other.Track, leastCosine) is { } kind)
            {
                other.Add(track, kind);
                return other;
            }
        }

        return null;
    }

    private bool IsOwnPath(Track track) => ownPaths.Contains(track.Path) && !(segments && own.Any(o => o.Part is not null && o.Track.Path == track.Path));

    /// <summary>What makes a track a version of the query's; null for the query's own, of which other places are results, and for all others.</summary>
    private string? KindOfOwn(Track track)
    {
        foreach (OwnTrack each in own)
        {
            if (each.Track.Path != track.Path && space.KindOfVersion(track, each.Track, leastCosine) is { } kind)
                return kind;
        }

        return null;
    }

    private bool IsOwnPlace(Track track, long row)
    {
        if (!own.Any(o => o.Part is not null && o.Track.Sound == track.Sound) || space.SegmentsOf(track.Sound) is not { } found)
            return false;
        int ordinal = (int)(row & ((1 << Rows.OrdinalBits) - 1));
        return ordinal < found.Spans.Count && IsOwn(track, PlaceOf(found.Spans[ordinal], track, 0));
    }

    private bool IsOwn(Track track, FoundPlace place) =>
        own.Any(o => o.Part is { } part && o.Track.Sound == track.Sound && part.Start < place.End && place.Start < part.End);

    private static FoundPlace PlaceOf(SegmentSpan span, Track track, float score) =>
        new((double)span.Start / track.Facts.SampleRate, (double)(span.Start + span.Frames) / track.Facts.SampleRate, score);
}
