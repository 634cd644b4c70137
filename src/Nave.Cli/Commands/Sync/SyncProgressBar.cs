using Nave.Cli.Output;
using Nave.Fleet.Sync.Planning;
using Spectre.Console;

namespace Nave.Cli.Commands;

/// <summary>Shows on stderr how far a run is, where people watch: a bar a phase, with rate and time left.</summary>
internal sealed class SyncProgressBar : IProgress<SyncProgress>
{
    private readonly ProgressContext _context;
    private readonly Lock _gate = new();
    private readonly Dictionary<SyncPhase, ProgressTask> _tasks = [];

    private SyncProgressBar(ProgressContext context) => _context = context;

    /// <summary>Runs something and shows it.</summary>
    /// <param name="console">Where.</param>
    /// <param name="work">Is given whom to tell, or nobody.</param>
    public static Task<T> ShowAsync<T>(CliConsole console, Func<IProgress<SyncProgress>?, Task<T>> work)
    {
        if (!console.IsErrorTerminal)
        {
            return work(null);
        }

        var progress = console.ErrorTerminal().Progress().AutoClear(true).Columns(
            new TaskDescriptionColumn(), new ProgressBarColumn(), new PercentageColumn(), new RateColumn(), new RemainingTimeColumn());
        return progress.StartAsync(context => work(new SyncProgressBar(context)));
    }

    public void Report(SyncProgress value)
    {
        lock (_gate)
        {
            if (!_tasks.TryGetValue(value.Phase, out var task))
            {
                // What came before is over.
                foreach (var (phase, earlier) in _tasks)
                {
                    if (phase != SyncPhase.ImportJob)
                    {
                        earlier.IsIndeterminate = false;
                        earlier.Value = earlier.MaxValue;
                        earlier.StopTask();
                    }
                }

                _tasks[value.Phase] = task = _context.AddTask(WordsOf(value.Phase));
            }

            task.IsIndeterminate = value.Total is null;
            task.MaxValue = Math.Max(value.Total ?? value.Done, 1);
            task.Value = value.Done;
        }
    }

    private static string WordsOf(SyncPhase phase) => phase switch
    {
        SyncPhase.Listing => "Listing both sides",
        SyncPhase.Comparing => "Comparing",
        SyncPhase.ImportJob => "The hub's import job",
        _ => "Applying changes",
    };
}
