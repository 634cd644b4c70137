using System.Runtime.InteropServices;

namespace Nave.Crash.Tests.Hosting;

/// <summary>Signals that <see cref="System.Diagnostics.Process"/> does not send.</summary>
internal static partial class Signals
{
    private const int Sigterm = 15;

    /// <summary>Asks a process to end.</summary>
    public static void Terminate(int processId)
    {
        if (Kill(processId, Sigterm) != 0)
        {
            throw new InvalidOperationException($"SIGTERM to {processId} failed with errno {Marshal.GetLastPInvokeError()}.");
        }
    }

    [LibraryImport("libc", EntryPoint = "kill", SetLastError = true)]
    private static partial int Kill(int pid, int signal);
}
