using System.Security.Cryptography;
using System.Text.Json;
using Nave.Hub.Hosting;
using Nave.Hub.Security;

namespace Nave.Hub.Provisioning;

/// <summary>Reads and writes <c>dps/dps.json</c>: docs/formats/provisioning.md. Keys are encrypted, bound to the scope and the policy.</summary>
internal static class ProvisioningSettingsFile
{
    public const string FileName = "dps.json";

    private const int Format = 1;

    public static void Write(string folder, ProvisioningSettings settings, KeyProtector protector)
    {
        var document = new ProvisioningSettingsDocument
        {
            Format = Format,
            IdScope = settings.IdScope,
            Created = settings.Created,
            Policies =
            [
                .. settings.Policies.Select(policy => new ProvisioningSettingsDocument.PolicyDocument
                {
                    Name = policy.Name,
                    Rights = (int)policy.Rights,
                    Keys = protector.ProtectPair(policy.Primary, policy.Secondary, OwnerOf(settings.IdScope, policy.Name)),
                }),
            ],
        };
        DurableFile.Write(
            Path.Combine(folder, FileName),
            JsonSerializer.SerializeToUtf8Bytes(document, ProvisioningSettingsJson.Default.ProvisioningSettingsDocument));
    }

    /// <summary>Reads the settings, or makes them at the first start.</summary>
    /// <exception cref="InvalidDataException">The file is missing beside data, damaged, of a later format, or was encrypted with another key.</exception>
    public static ProvisioningSettings ReadOrMake(string folder, KeyProtector protector, TimeProvider time)
    {
        var path = Path.Combine(folder, FileName);
        if (File.Exists(path))
        {
            return Decode(File.ReadAllBytes(path), path, protector);
        }

        // The database is opened after this file is durable, so it cannot be there without it.
        if (File.Exists(Path.Combine(folder, ProvisioningService.DatabaseName)))
        {
            throw new InvalidDataException($"The file {path} is missing, although there is data beside it. Restore it from a backup.");
        }

        DurableFile.CreateFolder(folder);
        DurableFile.SyncFolder(Path.GetDirectoryName(folder)!); // It is below the data folder.
        var settings = ProvisioningSettings.Create(time.GetUtcNow());
        Write(folder, settings, protector);
        return settings;
    }

    /// <summary>Reads the content of the file.</summary>
    /// <exception cref="InvalidDataException">It is damaged, of a later format, or was encrypted with another key.</exception>
    internal static ProvisioningSettings Decode(ReadOnlySpan<byte> json, string path, KeyProtector protector)
    {
        try
        {
            var document = JsonSerializer.Deserialize(json, ProvisioningSettingsJson.Default.ProvisioningSettingsDocument)
                ?? throw new InvalidDataException($"{path} is empty.");
            if (document.Format != Format)
            {
                throw new InvalidDataException($"{path} has format {document.Format}; this program reads {Format}.");
            }

            return new ProvisioningSettings(document.IdScope, document.Created, [.. document.Policies.Select(policy => Decrypt(document.IdScope, policy, protector))]);
        }
        catch (JsonException e)
        {
            throw new InvalidDataException($"{path} is not valid.", e);
        }
        catch (CryptographicException e)
        {
            throw new InvalidDataException($"The keys in {path} do not open with this data folder's key file.", e);
        }
    }

    private static SharedAccessPolicy Decrypt(string idScope, ProvisioningSettingsDocument.PolicyDocument? policy, KeyProtector protector)
    {
        // The serializer checks properties for null, but not the items of a list.
        if (policy is null)
        {
            throw new JsonException("A policy is null.");
        }

        var (primary, secondary) = protector.UnprotectPair(policy.Keys, OwnerOf(idScope, policy.Name));
        return new SharedAccessPolicy(policy.Name, (AccessRights)policy.Rights, primary, secondary);
    }

    private static string OwnerOf(string idScope, string policy) => $"dps\npolicy\n{idScope}\n{policy}";
}
