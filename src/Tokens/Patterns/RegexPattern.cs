using Euterpe.Tokens.Unicode;

namespace Euterpe.Tokens.Patterns;

/// <summary>
/// A backtracking matcher over code points: no culture, no ICU, no surrogate halves. Its work is counted: an expression that
/// backtracks without end is refused instead of hanging.
/// </summary>
internal sealed class RegexPattern : IPattern
{
    private const int LargestProgram = 100_000;
    private const long FirstSteps = 1_000_000, StepsEach = 300;

    private readonly List<Instruction> _program = [];

    private RegexPattern(string source)
    {
        Source = source;
        Compile(ExpressionParser.Parse(source));
        Emit(new Instruction(Code.Done));
    }

    private enum Code : byte
    {
        One, Run, Fork, Jump, Look, Atomic, Anchor, Done,
    }

    public string Source { get; }

    /// <summary>GPT-2's expression becomes its hand-written scan.</summary>
    public static IPattern Of(string source) => source == Gpt2Pattern.Expression ? new Gpt2Pattern() : new RegexPattern(source);

    /// <summary>The general matcher for any expression, GPT-2's too.</summary>
    public static RegexPattern General(string source) => new(source);

    public List<(int Start, int End)> Matches(int[] runes, int start, int end)
    {
        var found = new List<(int, int)>();
        var run = new Run(_program, runes, start, end, FirstSteps + (StepsEach * (end - start)), Source);
        for (int at = start; at <= end;)
        {
            int next = run.Match(0, at);
            if (next < 0)
            {
                at++;
            }
            else
            {
                found.Add((at, next));
                at = next > at ? next : at + 1;
            }
        }
        return found;
    }

    private int Emit(Instruction instruction)
    {
        if (_program.Count >= LargestProgram)
        {
            throw new InvalidDataException($"[regex] {Source[..Math.Min(200, Source.Length)]}: too large once its repeats are written out.");
        }
        _program.Add(instruction);
        return _program.Count - 1;
    }

    private void Compile(Expression expression)
    {
        switch (expression)
        {
            case Expression.One one:
                Emit(new Instruction(Code.One, Set: one.Set));
                break;
            case Expression.Chain chain:
                foreach (Expression part in chain.Parts)
                {
                    Compile(part);
                }
                break;
            case Expression.Either either:
                Compile(either);
                break;
            case Expression.Repeat { Part: Expression.One one } repeat:
                Emit(new Instruction(Code.Run, repeat.Least, repeat.Most, one.Set, repeat.Greed));
                break;
            case Expression.Repeat { Greed: Greed.Possessive } repeat:
                Compile(new Expression.Atomic(repeat with { Greed = Greed.Greedy }));
                break;
            case Expression.Repeat repeat:
                Compile(repeat);
                break;
            case Expression.Look look:
                Inside(new Instruction(Code.Look, Extra: look.Behind ? look.Part.Width.Shortest : -1, Negative: look.Negative), look.Part);
                break;
            case Expression.Atomic atomic:
                Inside(new Instruction(Code.Atomic), atomic.Part);
                break;
            case Expression.Anchor anchor:
                Emit(new Instruction(Code.Anchor, (int)anchor.Kind));
                break;
        }
    }

    /// <summary>An instruction whose part follows it, ended by Done; A is where the program goes on.</summary>
    private void Inside(Instruction instruction, Expression part)
    {
        int at = Emit(instruction);
        Compile(part);
        int done = Emit(new Instruction(Code.Done));
        _program[at] = _program[at] with { A = done + 1 };
    }

    private void Compile(Expression.Either either)
    {
        var ends = new List<int>();
        for (int i = 0; i < either.Ways.Count; i++)
        {
            int fork = i < either.Ways.Count - 1 ? Emit(new Instruction(Code.Fork)) : -1;
            Compile(either.Ways[i]);
            if (fork >= 0)
            {
                ends.Add(Emit(new Instruction(Code.Jump)));
                _program[fork] = new Instruction(Code.Fork, fork + 1, _program.Count);
            }
        }
        ends.ForEach(end => _program[end] = new Instruction(Code.Jump, _program.Count));
    }

    private void Compile(Expression.Repeat repeat)
    {
        for (int i = 0; i < repeat.Least; i++)
        {
            Compile(repeat.Part);
        }
        var forks = new List<int>();
        if (repeat.Most == int.MaxValue)
        {
            int fork = Emit(new Instruction(Code.Fork));
            Compile(repeat.Part);
            Emit(new Instruction(Code.Jump, fork));
            forks.Add(fork);
        }
        else
        {
            for (int i = repeat.Least; i < repeat.Most; i++)
            {
                forks.Add(Emit(new Instruction(Code.Fork)));
                Compile(repeat.Part);
            }
        }
        foreach (int fork in forks)
        {
            _program[fork] = repeat.Greed == Greed.Lazy ? new Instruction(Code.Fork, _program.Count, fork + 1)
                : new Instruction(Code.Fork, fork + 1, _program.Count);
        }
    }

    private readonly record struct Instruction(Code Code, int A = 0, int B = 0, CharacterSet? Set = null, Greed Greed = Greed.Greedy,
        int Extra = 0, bool Negative = false);

    /// <summary>A way back: go on at Program with Position; a run's shrinks to Least (or, lazy, grows to it) one by one.</summary>
    private readonly record struct Way(int Program, int Position, int Limit, bool Grows, CharacterSet? Set);

    private sealed class Run(List<Instruction> program, int[] text, int start, int end, long steps, string source)
    {
        private readonly List<Way> _ways = [];
        private long _steps = steps;

        /// <summary>The end of the match at a position, or -1.</summary>
        public int Match(int pc, int at)
        {
            int floor = _ways.Count;
            while (true)
            {
                if (--_steps < 0)
                {
                    throw new InvalidDataException($"[regex] {source[..Math.Min(200, source.Length)]}: backtracks too much on a text of "
                        + $"{end - start} code points.");
                }
                Instruction instruction = program[pc];
                bool goes = true;
                switch (instruction.Code)
                {
                    case Code.Done:
                        _ways.RemoveRange(floor, _ways.Count - floor);
                        return at;
                    case Code.One:
                        goes = at < end && instruction.Set!.Has(text[at]);
                        at++;
                        pc++;
                        break;
                    case Code.Run:
                        goes = Span(instruction, pc + 1, ref at);
                        pc++;
                        break;
                    case Code.Fork:
                        _ways.Add(new Way(instruction.B, at, at, false, null));
                        pc = instruction.A;
                        break;
                    case Code.Jump:
                        pc = instruction.A;
                        break;
                    case Code.Look:
                        int from = instruction.Extra < 0 ? at : at - instruction.Extra;
                        goes = (from >= start && Match(pc + 1, from) >= 0) != instruction.Negative;
                        pc = instruction.A;
                        break;
                    case Code.Atomic:
                        at = Match(pc + 1, at);
                        goes = at >= 0;
                        pc = instruction.A;
                        break;
                    case Code.Anchor:
                        goes = Holds((AnchorKind)instruction.A, at);
                        pc++;
                        break;
                }
                if (!goes && !Back(floor, ref pc, ref at))
                {
                    return -1;
                }
            }
        }

        private bool Back(int floor, ref int pc, ref int at)
        {
            while (_ways.Count > floor)
            {
                Way way = _ways[^1];
                (pc, at) = (way.Program, way.Position);
                if (way.Set is not null && (way.Grows ? at < way.Limit && at < end && way.Set.Has(text[at]) : at > way.Limit))
                {
                    at += way.Grows ? 1 : 0;
                    _ways[^1] = way with { Position = way.Grows ? at : at - 1 };
                    return true;
                }
                _ways.RemoveAt(_ways.Count - 1);
                if (!way.Grows)
                {
                    return true;
                }
            }
            return false;
        }

        private bool Span(Instruction run, int next, ref int at)
        {
            int first = at, most = run.B == int.MaxValue ? end : (int)Math.Min(end, (long)at + run.B),
                least = (int)Math.Min((long)at + run.A, int.MaxValue);
            int reach = run.Greed == Greed.Lazy ? Math.Min(least, most) : most;
            while (at < reach && run.Set!.Has(text[at]))
            {
                at++;
            }
            _steps -= (at - first) / 16;
            if (at < least)
            {
                return false;
            }
            if (run.Greed == Greed.Greedy && at > least)
            {
                _ways.Add(new Way(next, at - 1, least, false, run.Set));
            }
            else if (run.Greed == Greed.Lazy && at < most)
            {
                _ways.Add(new Way(next, at, most, true, run.Set));
            }
            return true;
        }

        private bool Holds(AnchorKind kind, int at) => kind switch
        {
            AnchorKind.TextStart => at == start,
            AnchorKind.TextEnd => at == end,
            AnchorKind.TextEndOrNewline => at == end || (at == end - 1 && text[at] == '\n'),
            AnchorKind.LineStart => at == start || (at < end && text[at - 1] == '\n'),
            AnchorKind.LineEnd => at == end || text[at] == '\n',
            AnchorKind.WordBorder => Border(at),
            _ => !Border(at),
        };

        private bool Border(int at) => (at > start && Runes.IsExpressionWord(text[at - 1])) != (at < end && Runes.IsExpressionWord(text[at]));
    }
}
