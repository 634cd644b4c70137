using System.Globalization;
using Nave.Cli.Output;

namespace Nave.Cli.Commands;

/// <summary>A line on the terminal that says how far a job is and how long it may still take; nothing where nobody watches.</summary>
internal sealed class JobProgress(CliConsole console, OutputFormat format, TimeProvider time)
{
    private const int Width = 30;
    private readonly long _began = time.GetTimestamp();
    private readonly bool _isShown = console.IsTerminal && format == OutputFormat.Table;
    private int _longest;

    /// <summary>Shows how far it is.</summary>
    public void Report(int percent, string status)
    {
        if (!_isShown)
        {
            return;
        }

        var filled = Width * Math.Clamp(percent, 0, 100) / 100;
        var left = percent is > 0 and < 100 ? time.GetElapsedTime(_began) * (100 - percent) / percent : TimeSpan.Zero;
        var ends = left > TimeSpan.Zero ? string.Create(CultureInfo.InvariantCulture, $", about {left:h\\:mm\\:ss} left") : string.Empty;
        var line = string.Create(CultureInfo.InvariantCulture, $"[{new string('#', filled)}{new string(' ', Width - filled)}] {percent,3}% {status}{ends}");
        _longest = Math.Max(_longest, line.Length);
        console.Error.Write($"\r{line.PadRight(_longest)}");
    }

    /// <summary>Leaves the line.</summary>
    public void End()
    {
        if (_isShown && _longest > 0)
        {
            console.Error.WriteLine();
        }
    }
}
