using System.Text;
using Nave.Api;
using Nave.Hub.Connections;
using Nave.Testing;

namespace Nave.Hub.Tests.Commands;

public sealed class DirectMethodTests
{
    private static readonly IdentityId s_id = new("d1");

    [Theory]
    [InlineData("{\"k\":[1,2.50]}")]
    [InlineData("null")]
    [InlineData("\"\"")]
    [InlineData("{}")]
    public async Task A_payload_goes_there_and_back_as_it_is(string payload)
    {
        await using var hub = await ServicesFixture.OpenAsync();
        await hub.CreateAsync("d1");
        var link = new FakeLink();
        var session = hub.Connect("d1", link, DeviceFeatures.Methods);
        link.Invoked = (requestId, _, body) => hub.Services.Methods.Complete(session, requestId, 201, body.Span);
        var answer = await InvokeAsync(hub, new DirectMethodRequest { MethodName = "reboot", Payload = RawJson.Parse(payload) });
        Assert.Equal(201, answer.Value?.Status);
        Assert.Equal(payload, answer.Value?.Payload.ToString());
        var call = Assert.Single(link.Calls);
        Assert.Equal("reboot", call.Name);
        Assert.Matches("^[0-9a-f]+$", call.RequestId);
        Assert.Equal(0, hub.Services.Methods.InFlight);
    }

    [Fact]
    public async Task No_payload_is_an_empty_body_and_an_empty_answer_is_null()
    {
        await using var hub = await ServicesFixture.OpenAsync();
        await hub.CreateAsync("d1");
        var link = new FakeLink();
        var session = hub.Connect("d1", link, DeviceFeatures.Methods);
        link.Invoked = (requestId, _, _) => hub.Services.Methods.Complete(session, requestId, 200, default);
        var answer = await InvokeAsync(hub, new DirectMethodRequest { MethodName = "m" });
        Assert.Equal(string.Empty, Assert.Single(link.Calls).Payload);
        Assert.True(answer.Value?.Payload.IsNull);
    }

    [Fact]
    public async Task A_device_that_is_not_there_or_does_not_listen_is_not_online()
    {
        await using var hub = await ServicesFixture.OpenAsync();
        await hub.CreateAsync("d1");
        var request = new DirectMethodRequest { MethodName = "m" };
        Assert.Equal(HubErrorCode.DeviceNotOnline, (await InvokeAsync(hub, request)).Error?.Code);
        hub.Connect("d1", new FakeLink(), DeviceFeatures.CloudToDevice);
        Assert.Equal(HubErrorCode.DeviceNotOnline, (await InvokeAsync(hub, request)).Error?.Code);
        Assert.Equal(HubErrorCode.DeviceNotFound, (await hub.Services.Methods.InvokeAsync(new IdentityId("d9"), request, ServicesFixture.Cancellation)).Error?.Code);
    }

    [Fact]
    public async Task A_device_that_comes_within_the_connect_time_is_called()
    {
        await using var hub = await ServicesFixture.OpenAsync();
        await hub.CreateAsync("d1");
        var pending = InvokeAsync(hub, new DirectMethodRequest { MethodName = "m", ConnectTimeoutInSeconds = 10 });
        var link = new FakeLink();
        var session = hub.Connect("d1", link);
        link.Invoked = (requestId, _, _) => hub.Services.Methods.Complete(session, requestId, 200, default);
        Assert.False(pending.IsCompleted);
        session.Enable(DeviceFeatures.Methods);
        Assert.Equal(200, (await pending).Value?.Status);
    }

    [Fact]
    public async Task No_answer_in_time_is_a_gateway_timeout_and_a_late_answer_is_ignored()
    {
        await using var hub = await ServicesFixture.OpenAsync();
        await hub.CreateAsync("d1");
        var link = new FakeLink();
        var session = hub.Connect("d1", link, DeviceFeatures.Methods);
        var pending = InvokeAsync(hub, new DirectMethodRequest { MethodName = "m", ResponseTimeoutInSeconds = 5 });
        await TestDeadline.UntilAsync(() => link.Calls.Count == 1, "the device is called");
        hub.Clock.SetWallClock(hub.Clock.GetUtcNow().AddDays(10));
        Assert.False(pending.IsCompleted);
        await TestDeadline.UntilAsync(
            () =>
            {
                hub.Clock.Advance(TimeSpan.FromSeconds(6));
                return pending.IsCompleted;
            },
            "the call ends");
        Assert.Equal(HubErrorCode.GatewayTimeout, (await pending).Error?.Code);
        link.Calls.TryDequeue(out var call);
        hub.Services.Methods.Complete(session, call.RequestId, 200, default);
        Assert.Equal(0, hub.Services.Methods.InFlight);
    }

    [Fact]
    public async Task A_disconnect_ends_the_call_and_another_session_cannot_answer_it()
    {
        await using var hub = await ServicesFixture.OpenAsync();
        await hub.CreateAsync("d1");
        await hub.CreateAsync("d2");
        var link = new FakeLink();
        var session = hub.Connect("d1", link, DeviceFeatures.Methods);
        var stranger = hub.Connect("d2", new FakeLink(), DeviceFeatures.Methods);
        var pending = InvokeAsync(hub, new DirectMethodRequest { MethodName = "m" });
        await TestDeadline.UntilAsync(() => link.Calls.Count == 1, "the device is called");
        link.Calls.TryDequeue(out var call);
        hub.Services.Methods.Complete(stranger, call.RequestId, 200, default);
        Assert.False(pending.IsCompleted);
        var newer = hub.Connect("d1", new FakeLink(), DeviceFeatures.Methods);
        hub.Services.Methods.Complete(newer, call.RequestId, 200, default);
        hub.Services.Methods.Complete(session, call.RequestId, 200, default);
        Assert.Equal(HubErrorCode.DeviceConnectionClosedRemotely, (await pending).Error?.Code);
        Assert.Equal(0, hub.Services.Methods.InFlight);
    }

    [Theory]
    [InlineData("not json")]
    [InlineData("{} {}")]
    public async Task An_answer_that_is_not_json_is_a_bad_gateway(string body)
    {
        await using var hub = await ServicesFixture.OpenAsync();
        await hub.CreateAsync("d1");
        var link = new FakeLink();
        var session = hub.Connect("d1", link, DeviceFeatures.Methods);
        link.Invoked = (requestId, _, _) => hub.Services.Methods.Complete(session, requestId, 200, Encoding.UTF8.GetBytes(body));
        Assert.Equal(HubErrorCode.GenericBadGateway, (await InvokeAsync(hub, new DirectMethodRequest { MethodName = "m" })).Error?.Code);
    }

    [Fact]
    public async Task One_call_too_many_is_refused_and_cancelled_ones_leave_nothing()
    {
        await using var hub = await ServicesFixture.OpenAsync();
        await hub.CreateAsync("d1");
        var link = new FakeLink();
        hub.Connect("d1", link, DeviceFeatures.Methods);
        using var cancel = new CancellationTokenSource();
        var request = new DirectMethodRequest { MethodName = "m" };
        var calls = Enumerable.Range(0, Hub.Commands.DirectMethodService.MaxInFlight)
            .Select(_ => hub.Services.Methods.InvokeAsync(s_id, request, cancel.Token).AsTask()).ToArray();
        await TestDeadline.UntilAsync(() => link.Calls.Count == calls.Length, "all are called");
        Assert.Equal(HubErrorCode.DeviceMaximumInflightMethodExceeded, (await InvokeAsync(hub, request)).Error?.Code);
        await cancel.CancelAsync();
        foreach (var call in calls)
        {
            await Assert.ThrowsAnyAsync<OperationCanceledException>(() => call);
        }

        Assert.Equal(0, hub.Services.Methods.InFlight);
    }

    [Fact]
    public async Task However_devices_come_and_go_no_call_is_left_behind()
    {
        await using var hub = await ServicesFixture.OpenAsync(Hub.Telemetry.HubEventSources.None);
        await hub.CreateAsync("d1");
        var answered = 0;
        var stop = false;
        var device = Task.Run(async () =>
        {
            var random = new Random(5);
            while (!Volatile.Read(ref stop))
            {
                var link = new FakeLink();
                var session = hub.Connect("d1", link);
                link.Invoked = (requestId, _, body) =>
                {
                    if (random.Next(3) > 0)
                    {
                        hub.Services.Methods.Complete(session, requestId, 200, body.Span);
                    }
                };
                session.Enable(DeviceFeatures.Methods);
                await Task.Yield();
                session.Close(CloseReason.ConnectionLost);
            }
        }, ServicesFixture.Cancellation);
        await Task.WhenAll(Enumerable.Range(0, 8).Select(_ => Task.Run(async () =>
        {
            for (var i = 0; i < 200; i++)
            {
                var result = await InvokeAsync(hub, new DirectMethodRequest { MethodName = "m" });
                Assert.True(result.IsSuccess || result.Error.Code is HubErrorCode.DeviceNotOnline or HubErrorCode.DeviceConnectionClosedRemotely, result.Error?.Message);
                Interlocked.Add(ref answered, result.IsSuccess ? 1 : 0);
            }
        }, ServicesFixture.Cancellation))).WaitAsync(TestDeadline.Default, ServicesFixture.Cancellation);
        Volatile.Write(ref stop, true);
        await device;
        Assert.Equal(0, hub.Services.Methods.InFlight);
        Assert.Equal(0, hub.Services.Methods.Sessions);
    }

    [Fact]
    public async Task A_wrong_request_is_refused()
    {
        await using var hub = await ServicesFixture.OpenAsync();
        await hub.CreateAsync("d1");
        Assert.Equal(HubErrorCode.ArgumentInvalid, (await InvokeAsync(hub, new DirectMethodRequest { MethodName = "a b" })).Error?.Code);
        Assert.Equal(HubErrorCode.ArgumentInvalid, (await InvokeAsync(hub, new DirectMethodRequest { MethodName = "m", ResponseTimeoutInSeconds = 301 })).Error?.Code);
    }

    private static Task<HubResult<DirectMethodResponse>> InvokeAsync(ServicesFixture hub, DirectMethodRequest request) =>
        hub.Services.Methods.InvokeAsync(s_id, request, ServicesFixture.Cancellation).AsTask();
}
