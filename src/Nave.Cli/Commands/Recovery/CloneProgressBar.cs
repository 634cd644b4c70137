using Nave.Cli.Output;
using Nave.Fleet.Recovery;
using Spectre.Console;

namespace Nave.Cli.Commands;

/// <summary>Shows a clone's progress on stderr while it runs, with rate and time left, when stderr is a terminal.</summary>
internal static class CloneProgressBar
{
    /// <summary>Runs work with a progress bar, or without where nobody would see it.</summary>
    public static Task<T> ShowAsync<T>(CliConsole console, Func<Action<CloneProgress>?, Task<T>> work)
    {
        if (!console.IsErrorTerminal)
        {
            return work(null);
        }

        var bar = console.ErrorTerminal().Progress().AutoClear(true).Columns(
            new TaskDescriptionColumn(), new ProgressBarColumn(), new PercentageColumn(), new RateColumn(), new RemainingTimeColumn());
        return bar.StartAsync(context =>
        {
            var tasks = new Dictionary<ClonePhase, ProgressTask>();
            return work(progress =>
            {
                if (!tasks.TryGetValue(progress.Phase, out var task))
                {
                    tasks[progress.Phase] = task = context.AddTask(progress.Phase == ClonePhase.Copying ? "copying" : "comparing");
                }

                task.MaxValue = Math.Max(progress.Total, progress.Done);
                task.Value = progress.Done;
            });
        });
    }
}
