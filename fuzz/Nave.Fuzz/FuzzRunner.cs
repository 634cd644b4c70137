using System.Globalization;

namespace Nave.Fuzz;

/// <summary>Feeds a target and watches it: exceptions, allocation, time.</summary>
internal sealed class FuzzRunner(IFuzzTarget target, TimeProvider time, TextWriter output)
{
    private const int Failed = 1;
    private const int Hung = 2;

    // Far above the slowest input, for others may use the machine too.
    private static readonly TimeSpan s_patience = TimeSpan.FromSeconds(30);

    private byte[] _input = [];
    private long _started;

    /// <summary>Runs <paramref name="inputs"/> inputs and prints the figures.</summary>
    /// <returns>The exit code: 0, or 1 at the first finding, whose input is printed.</returns>
    public int Run(long inputs, int seed)
    {
        var mutator = new Mutator(seed, target.Seeds, target.Words);
        var begin = time.GetTimestamp();
        long accepted = 0;
        long allocated = 0;
        long most = 0;
        var slowest = TimeSpan.Zero;

        // Seeds first: they must be accepted, and they warm up what is allocated once.
        foreach (var valid in target.Seeds)
        {
            if (!target.Execute(valid))
            {
                return Report("a seed was refused", valid, 0, seed);
            }
        }

        Volatile.Write(ref _started, begin);
        using var watchdog = time.CreateTimer(_ => Watch(), null, s_patience, s_patience);
        for (long i = 0; i < inputs; i++)
        {
            var input = mutator.Next();
            Volatile.Write(ref _input, input);
            var start = time.GetTimestamp();
            Volatile.Write(ref _started, start);
            var before = GC.GetAllocatedBytesForCurrentThread();
            bool isAccepted;
            try
            {
                isAccepted = target.Execute(input);
            }
            catch (Exception e)
            {
                return Report(e.ToString(), input, i, seed);
            }

            var bytes = GC.GetAllocatedBytesForCurrentThread() - before;
            var elapsed = time.GetElapsedTime(start);
            slowest = elapsed > slowest ? elapsed : slowest;
            most = Math.Max(most, bytes);
            allocated += bytes;
            if (bytes > target.AllocationLimit(input.Length))
            {
                return Report($"{bytes} bytes allocated; the limit for {input.Length} bytes is {target.AllocationLimit(input.Length)}", input, i, seed);
            }

            if (isAccepted)
            {
                accepted++;
                try
                {
                    target.Verify(input);
                }
                catch (Exception e)
                {
                    return Report(e.ToString(), input, i, seed);
                }
            }
        }

        var took = time.GetElapsedTime(begin);
        Print($"{target.Name}: {inputs} inputs, seed {seed}: {accepted} accepted, {inputs - accepted} refused, no finding.");
        Print($"{took.TotalSeconds:F1} s, {inputs / Math.Max(took.TotalSeconds, 1e-9):F0} inputs/s; slowest input {slowest.TotalMilliseconds:F1} ms.");
        Print($"Allocated: {allocated / Math.Max(inputs, 1)} bytes an input, at most {most}.");
        return 0;
    }

    private int Report(string finding, byte[] input, long number, int seed)
    {
        Print($"{target.Name}: input {number} of seed {seed}: {finding}");
        Print($"Input: {Convert.ToHexString(input)}");
        return Failed;
    }

    // A target that hangs cannot be stopped from within: the process ends.
    private void Watch()
    {
        if (time.GetElapsedTime(Volatile.Read(ref _started)) > s_patience)
        {
            Print($"{target.Name}: no end after {s_patience.TotalSeconds} s. Input: {Convert.ToHexString(Volatile.Read(ref _input))}");
            Environment.Exit(Hung);
        }
    }

    private void Print(FormattableString line) => output.WriteLine(line.ToString(CultureInfo.InvariantCulture));
}
