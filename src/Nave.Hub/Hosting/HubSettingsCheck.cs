using Nave.Hub.Security;

namespace Nave.Hub.Hosting;

/// <summary>Checks the settings of hubs while none runs. Changes nothing.</summary>
public static class HubSettingsCheck
{
    /// <summary>Reads a hub's <c>hub.json</c> and opens the keys of its policies.</summary>
    /// <param name="dataFolder">The data folder, which holds the key file.</param>
    /// <param name="hubFolder">The hub's folder in it.</param>
    /// <returns>The file that is wrong and what is wrong with it, or <see langword="null"/>.</returns>
    public static (string File, string Reason)? FindProblem(string dataFolder, string hubFolder)
    {
        var settings = Path.Combine(hubFolder, HubSettingsFile.FileName);
        var key = Path.Combine(dataFolder, DataFolder.KeyFileName);
        foreach (var file in (string[])[settings, key])
        {
            if (!File.Exists(file))
            {
                return (file, "it is missing");
            }
        }

        var bytes = File.ReadAllBytes(key);
        if (bytes.Length != KeyProtector.KeyBytes)
        {
            return (key, $"it has {bytes.Length} bytes; a key has {KeyProtector.KeyBytes}");
        }

        using var protector = new KeyProtector(bytes);
        try
        {
            HubSettingsFile.Read(hubFolder, protector);
            return null;
        }
        catch (InvalidDataException e)
        {
            return (settings, e.Message);
        }
    }
}
