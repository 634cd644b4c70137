using Nave.Api;
using Nave.Hub.Telemetry;

namespace Nave.Hub.Tests.Telemetry;

public sealed class ConsumerGroupTests
{
    [Fact]
    public async Task The_default_group_is_always_there_and_is_not_deleted()
    {
        await using var hub = await ServicesFixture.OpenAsync();
        var groups = hub.Services.ConsumerGroups;
        Assert.Equal("$Default", Assert.Single(groups.List()).Name);
        Assert.NotNull(groups.Find("$default"));
        Assert.Equal(HubErrorCode.InvalidOperation, (await groups.DeleteAsync("$DEFAULT", ServicesFixture.Cancellation)).Error?.Code);
        Assert.Equal(HubErrorCode.GenericConflict, (await groups.CreateAsync("$default", ServicesFixture.Cancellation)).Error?.Code);
    }

    [Fact]
    public async Task Groups_outlive_a_restart_and_letter_case_does_not_distinguish_them()
    {
        await using var hub = await ServicesFixture.OpenAsync();
        Assert.True((await hub.Services.ConsumerGroups.CreateAsync("Billing", ServicesFixture.Cancellation)).IsSuccess);
        Assert.True((await hub.Services.ConsumerGroups.CreateAsync("alarms", ServicesFixture.Cancellation)).IsSuccess);
        Assert.Equal(HubErrorCode.GenericConflict, (await hub.Services.ConsumerGroups.CreateAsync("BILLING", ServicesFixture.Cancellation)).Error?.Code);
        var created = hub.Clock.GetUtcNow();
        hub.Clock.Advance(TimeSpan.FromDays(1));
        await hub.RestartAsync();
        Assert.Equal(["$Default", "alarms", "Billing"], hub.Services.ConsumerGroups.List().Select(group => group.Name));
        Assert.Equal(created, hub.Services.ConsumerGroups.Find("billing")!.Created);

        Assert.True((await hub.Services.ConsumerGroups.DeleteAsync("billinG", ServicesFixture.Cancellation)).IsSuccess);
        Assert.Equal(HubErrorCode.GenericNotFound, (await hub.Services.ConsumerGroups.DeleteAsync("billing", ServicesFixture.Cancellation)).Error?.Code);
        await hub.RestartAsync();
        Assert.Null(hub.Services.ConsumerGroups.Find("Billing"));
    }

    [Fact]
    public async Task A_hub_has_at_most_twenty_groups()
    {
        await using var hub = await ServicesFixture.OpenAsync();
        var created = await Task.WhenAll(Enumerable.Range(0, 30).Select(i => hub.Services.ConsumerGroups.CreateAsync($"g{i}", ServicesFixture.Cancellation).AsTask()));
        Assert.Equal(19, created.Count(result => result.IsSuccess));
        Assert.All(created.Where(result => !result.IsSuccess), result => Assert.Equal(HubErrorCode.IotHubQuotaExceeded, result.Error!.Code));
        Assert.Equal(ConsumerGroups.MaxGroups, hub.Services.ConsumerGroups.List().Count);
    }

    [Theory]
    [InlineData("")]
    [InlineData("a b")]
    [InlineData("-a")]
    [InlineData("a.")]
    [InlineData("$other")]
    [InlineData("a/b")]
    [InlineData("ä")]
    [InlineData("a23456789012345678901234567890123456789012345678901")]
    public async Task A_name_that_no_address_could_hold_is_refused(string name)
    {
        await using var hub = await ServicesFixture.OpenAsync();
        var refused = await hub.Services.ConsumerGroups.CreateAsync(name, ServicesFixture.Cancellation);
        Assert.Equal(HubErrorCode.ArgumentInvalid, refused.Error?.Code);
        Assert.Contains("50", refused.Error!.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_group_that_could_not_be_stored_is_not_there()
    {
        await using var hub = await ServicesFixture.OpenAsync();
        hub.Faults.IsFull = true;
        await Assert.ThrowsAsync<Storage.StorageUnavailableException>(() => hub.Services.ConsumerGroups.CreateAsync("g", ServicesFixture.Cancellation).AsTask());
        Assert.Null(hub.Services.ConsumerGroups.Find("g"));
        hub.Faults.IsFull = false;
        Assert.True((await hub.Services.ConsumerGroups.CreateAsync("g", ServicesFixture.Cancellation)).IsSuccess);
    }

    [Fact]
    public async Task The_receivers_of_a_deleted_group_end_and_those_of_others_do_not()
    {
        await using var hub = await ServicesFixture.OpenAsync();
        var groups = hub.Services.ConsumerGroups;
        await groups.CreateAsync("g", ServicesFixture.Cancellation);
        var (mine, other) = (new RecordingReceiver("mine"), new RecordingReceiver("other"));
        Assert.NotNull(groups.Attach("G", 1, null, mine).Place);
        Assert.NotNull(groups.Attach("$Default", 1, 0, other).Place);
        await groups.DeleteAsync("g", ServicesFixture.Cancellation);
        Assert.Equal(ReceiverEnd.GroupDeleted, mine.Ended);
        Assert.Null(other.Ended);
        var refused = groups.Attach("g", 1, null, mine);
        Assert.Equal(ReceiverRefusal.NoGroup, refused.Refusal);
        Assert.Contains("'g'", refused.Message, StringComparison.Ordinal);

        groups.Dispose();
        Assert.Equal(ReceiverEnd.HubClosed, other.Ended);
    }

    [Theory]
    [InlineData("{")]
    [InlineData("null")]
    [InlineData("""{"name":null}""")]
    [InlineData("""{"created":"2026-01-02T03:04:05Z"}""")]
    [InlineData("""{"name":"other"}""")]
    public void A_damaged_group_is_called_so(string json) => Assert.Throws<InvalidDataException>(() =>
        ConsumerGroups.Decode(new Storage.StateDocument("g", 1, System.Text.Encoding.UTF8.GetBytes(json))));
}
