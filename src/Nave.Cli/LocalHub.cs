using System.Diagnostics;
using Nave.Server.Hosting;

namespace Nave.Cli;

/// <summary>Finds the hub that runs on a data folder.</summary>
internal static class LocalHub
{
    /// <summary>Gets its status; <see langword="null"/> if there is none, or if what a killed process left is all there is.</summary>
    public static ServerStatus? Find(string dataFolder)
    {
        var status = ServerStatus.Read(dataFolder);
        if (status is null)
        {
            return null;
        }

        try
        {
            using var process = Process.GetProcessById(status.ProcessId);
            return process.HasExited ? null : status;
        }
        catch (ArgumentException)
        {
            return null;
        }
    }
}
