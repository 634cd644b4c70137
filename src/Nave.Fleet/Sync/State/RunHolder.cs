using System.ComponentModel;
using System.Diagnostics;
using System.Globalization;

namespace Nave.Fleet.Sync.State;

/// <summary>Names the process that has a lease, so that a later one on the same machine can tell that it is gone.</summary>
internal static class RunHolder
{
    /// <summary>Makes this process's name: machine, process id, when it started.</summary>
    public static string Current { get; } = Make();

    /// <summary>Tells whether a holder is a process of this machine that does not run any more. Of another machine, nobody can tell.</summary>
    public static bool IsGone(string holder)
    {
        if (holder.Split('/') is not [var machine, var id, var started]
            || machine != Environment.MachineName
            || !int.TryParse(id, NumberStyles.None, CultureInfo.InvariantCulture, out var processId))
        {
            return false;
        }

        try
        {
            using var process = Process.GetProcessById(processId);
            return process.HasExited || StartOf(process) != started;
        }
        catch (ArgumentException)
        {
            return true;
        }
        catch (Exception e) when (e is InvalidOperationException or Win32Exception)
        {
            return false;
        }
    }

    private static string Make()
    {
        using var process = Process.GetCurrentProcess();
        return string.Create(CultureInfo.InvariantCulture, $"{Environment.MachineName}/{process.Id}/{StartOf(process)}");
    }

    private static string StartOf(Process process) => new DateTimeOffset(process.StartTime).ToUnixTimeSeconds().ToString(CultureInfo.InvariantCulture);
}
