using System.Collections.Concurrent;
using System.Globalization;

namespace Nave.Fuzz;

/// <summary>Runs targets side by side, one on each processor, on stacks as small as those of a server's threads.</summary>
internal sealed class FuzzSuite(TimeProvider time, TextWriter output)
{
    /// <summary>The name that stands for every target.</summary>
    public const string All = "all";

    // A parser that recurses must do so with the 1.5 MiB that a thread has in a container with musl.
    private const int StackBytes = 1536 * 1024;

    /// <summary>Runs targets and prints a line for each, and at last <c>N succeeded, N failed</c>.</summary>
    /// <param name="targets">The targets.</param>
    /// <param name="inputs">How many inputs for each.</param>
    /// <param name="seed">What the inputs are made from.</param>
    /// <param name="isShort">Whether a target has fewer inputs the more they cost.</param>
    /// <returns>The exit code: 0, or 1 if there was a finding.</returns>
    public int Run(IEnumerable<Type> targets, long inputs, int seed, bool isShort)
    {
        var queue = new ConcurrentQueue<IFuzzTarget>(
            targets.Select(type => (IFuzzTarget)Activator.CreateInstance(type)!).OrderByDescending(target => target.Cost).ThenBy(target => target.Name, StringComparer.Ordinal)); // Every target has such a constructor.
        var (succeeded, failed) = (0, 0);
        var threads = Enumerable.Range(0, Math.Min(Environment.ProcessorCount, queue.Count)).Select(_ => new Thread(Work, StackBytes)).ToList();
        threads.ForEach(thread => thread.Start());
        threads.ForEach(thread => thread.Join());
        output.WriteLine(string.Create(CultureInfo.InvariantCulture, $"{succeeded} succeeded, {failed} failed"));
        return failed == 0 ? 0 : 1;

        void Work()
        {
            while (queue.TryDequeue(out var target))
            {
                if (new FuzzRunner(target, time, output).Run(isShort ? inputs / target.Cost : inputs, seed) == 0)
                {
                    Interlocked.Increment(ref succeeded);
                }
                else
                {
                    Interlocked.Increment(ref failed);
                }
            }
        }
    }
}
